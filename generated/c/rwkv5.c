/* Of rwkv5.py as it was written, SHA-256 6a3f7d513dee65ce217fed5ffda62c3458d18397d6ba8a348e0c2320e8537a35 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * RWKV-5. One time step:
 *
 *     rₜ = W_ir xₜ
 *     kₜ = W_ik xₜ
 *     vₜ = W_iv xₜ
 *     gₜ = SiLU(W_ig xₜ)
 *     oₜ = gₜ ⊙ (Sₜ₋₁ rₜ + (u ⊙ kₜ)ᵀ rₜ vₜ)
 *     Sₜ = Sₜ₋₁ diag(exp(−exp(w))) + vₜ kₜᵀ
 *     hₜ = W_oh oₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_r_,
    Q_k_,
    Q_v_,
    Q_a_g_,
    Q_h_,
    Q_x,
    Q_S_prev,
    Q_h,
    Q_S,
    Q_columns_S_exp_S,
    Q_r,
    Q_k,
    Q_v_o,
    Q_v,
    Q_a_g,
    Q_g,
    Q_dot_o,
    Q_read_S_r,
    Q_outer_S,
    Q_scaled_o,
    Q_o,
    Q_w,
    Q_u,
    Q_exp_w,
    Q_exp_S,
    Q_d_h_later,
    Q_d_y,
    Q_d_S_later,
    Q_d_o_,
    Q_a_75_,
    Q_a_77_,
    Q_d_h_prev,
    Q_d_S_prev,
    Q_d_x,
    Q_d_r,
    Q_d_k,
    Q_d_v,
    Q_d_a_g,
    Q_d_h,
    Q_d_S,
    Q_sigmoid_a_g,
    Q_scaled_d_S,
    Q_a_54,
    Q_a_55,
    Q_a_59,
    Q_d_scaled_o,
    Q_d_read_S_r,
    Q_a_79,
    Q_d_dot_o,
    Q_a_53,
    Q_a_56,
    Q_a_58,
    Q_d_v_o,
    Q_a_57,
    Q_a_77,
    Q_d_w,
    Q_d_u
};

enum { SIZE_heads_key = NAMED, SIZE_heads_value, SIZE_heads, SIZE_value, SIZE_key, SIZE_heads_value_key };

static const Quantity quantities[] = {
    [Q_r_] = {EARLY, SIZE_heads_key, 0, 0, 0, Q_r_},
    [Q_k_] = {EARLY, SIZE_heads_key, 0, 0, 1, Q_r_},
    [Q_v_] = {EARLY, SIZE_heads_value, 0, 1, 0, Q_v_},
    [Q_a_g_] = {EARLY, SIZE_heads_value, 0, 1, 1, Q_v_},
    [Q_h_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_S_prev] = {BEFORE, SIZE_heads_value_key, 0, 1, 0, Q_S_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_S] = {AFTER, SIZE_heads_value_key, 0, 1, 0, Q_S},
    [Q_columns_S_exp_S] = {ROW, SIZE_heads_value_key, 0, 0, 0, Q_columns_S_exp_S},
    [Q_r] = {ROW, SIZE_heads_key, 1, 2, 0, Q_r},
    [Q_k] = {ROW, SIZE_heads_key, 1, 3, 0, Q_k},
    [Q_v_o] = {ROW, SIZE_heads_key, 1, 4, 0, Q_v_o},
    [Q_v] = {ROW, SIZE_heads_value, 1, 2, 0, Q_v},
    [Q_a_g] = {PANEL, SIZE_heads_value, 1, 0, 0, Q_a_g},
    [Q_g] = {PANEL, SIZE_heads_value, 1, 1, 0, Q_a_g},
    [Q_dot_o] = {ROW, SIZE_heads, 1, 0, 0, Q_dot_o},
    [Q_read_S_r] = {ROW, SIZE_heads_value, 1, 3, 0, Q_read_S_r},
    [Q_outer_S] = {ROW, SIZE_heads_value_key, 0, 1, 0, Q_outer_S},
    [Q_scaled_o] = {ROW, SIZE_heads_value, 1, 4, 0, Q_scaled_o},
    [Q_o] = {ROW, SIZE_heads_value, 1, 5, 0, Q_o},
    [Q_w] = {FIXED, SIZE_heads_key, 0, 0, 0, Q_w},
    [Q_u] = {FIXED, SIZE_heads_key, 0, 1, 0, Q_u},
    [Q_exp_w] = {FIXED, SIZE_heads_key, 0, 2, 0, Q_exp_w},
    [Q_exp_S] = {FIXED, SIZE_heads_key, 0, 3, 0, Q_exp_S},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_S_later] = {LATER, SIZE_heads_value_key, 0, 1, 0, Q_d_S_later},
    [Q_d_o_] = {LOCAL, SIZE_heads_value, 0, 3, 0, Q_d_o_},
    [Q_a_75_] = {LOCAL, INPUT_SIZE, 0, 4, 0, Q_a_75_},
    [Q_a_77_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_a_77_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_S_prev] = {EARLIER, SIZE_heads_value_key, 0, 1, 0, Q_d_S_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_r] = {ROW, SIZE_heads_key, 1, 0, 0, Q_d_r},
    [Q_d_k] = {ROW, SIZE_heads_key, 1, 1, 0, Q_d_k},
    [Q_d_v] = {ROW, SIZE_heads_value, 1, 0, 0, Q_d_v},
    [Q_d_a_g] = {ROW, SIZE_heads_value, 1, 1, 0, Q_d_a_g},
    [Q_d_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_h},
    [Q_d_S] = {ROW, SIZE_heads_value_key, 0, 2, 0, Q_d_S},
    [Q_sigmoid_a_g] = {PANEL, SIZE_heads_value, 0, 0, 0, Q_sigmoid_a_g},
    [Q_scaled_d_S] = {ROW, SIZE_heads_value_key, 0, 3, 0, Q_scaled_d_S},
    [Q_a_54] = {ROW, SIZE_heads_value, 0, 0, 0, Q_a_54},
    [Q_a_55] = {ROW, SIZE_heads_key, 0, 0, 0, Q_a_55},
    [Q_a_59] = {ROW, SIZE_heads_value_key, 0, 4, 0, Q_a_59},
    [Q_d_scaled_o] = {ROW, SIZE_heads_value, 0, 1, 0, Q_d_scaled_o},
    [Q_d_read_S_r] = {ROW, SIZE_heads_value, 0, 2, 0, Q_d_read_S_r},
    [Q_a_79] = {ROW, SIZE_heads_key, 0, 1, 0, Q_a_79},
    [Q_d_dot_o] = {ROW, SIZE_heads, 0, 0, 0, Q_d_dot_o},
    [Q_a_53] = {ROW, SIZE_heads_value, 0, 3, 0, Q_a_53},
    [Q_a_56] = {ROW, SIZE_heads_key, 0, 2, 0, Q_a_56},
    [Q_a_58] = {ROW, SIZE_heads_value_key, 0, 5, 0, Q_a_58},
    [Q_d_v_o] = {ROW, SIZE_heads_key, 0, 3, 0, Q_d_v_o},
    [Q_a_57] = {ROW, SIZE_heads_key, 0, 4, 0, Q_a_57},
    [Q_a_77] = {PANEL, INPUT_SIZE, 0, 0, 0, Q_a_77},
    [Q_d_w] = {SUM, SIZE_heads_key, 0, 0, 0, Q_d_w},
    [Q_d_u] = {SUM, SIZE_heads_key, 0, 1, 0, Q_d_u},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec w = fixed(Q_w);
        for (long row = 0; row < rows; row++) {
            const vec exp_w = vrate(w);
            const vec exp_S = vexp(-exp_w);
            put(Q_exp_w, exp_w);
            put(Q_exp_S, exp_S);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of heads by key. */
static void step_1_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec u = fixed(Q_u);
        for (long row = 0; row < rows; row++) {
            const vec r = get(Q_r_);
            const vec k = get(Q_k_);
            const vec v_o = u * k;
            put(Q_r, r);
            put(Q_k, k);
            put(Q_v_o, v_o);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of heads by value. */
static void step_1_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec v = get(Q_v_);
            const vec a_g = get(Q_a_g_);
            const vec g = a_g / (R(1) + vexp(-magnitude(a_g))) * vexp(R(0.5) * a_g - R(0.5) * magnitude(a_g));
            put(Q_v, v);
            put(Q_g, g);
            if (keep) {
                put(Q_a_g, a_g);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of heads by value by key. */
static void step_2_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            fetch(Q_S);
            const vec columns_S_exp_S = get(Q_columns_S_exp_S);
            const vec outer_S = get(Q_outer_S);
            const vec S = columns_S_exp_S + outer_S;
            put(Q_S, S);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of heads by value. */
static void step_3_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec g = get(Q_g);
            const vec read_S_r = get(Q_read_S_r);
            const vec scaled_o = get(Q_scaled_o);
            const vec o = g * (read_S_r + scaled_o);
            put(Q_o, o);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step, panels of units. */
static void step_4(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h = get(Q_h_);
            put(Q_h, h);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec d_h = d_h_later + d_y;
            const vec d_h_prev = splat(R(0));
            put(Q_d_h, d_h);
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by value by key. */
static void back_1_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_S = get(Q_d_S_later);
            put(Q_d_S, d_S);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by value. */
static void back_1_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_g = get(Q_a_g);
            const vec sigmoid_a_g = vsigmoid(a_g);
            put(Q_sigmoid_a_g, sigmoid_a_g);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of heads by value. */
static void back_2_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec g = get(Q_g);
            const vec sigmoid_a_g = get(Q_sigmoid_a_g);
            const vec read_S_r = get(Q_read_S_r);
            const vec scaled_o = get(Q_scaled_o);
            const vec a_g = get(Q_a_g);
            const vec d_o = get(Q_d_o_);
            const vec d_scaled_o = d_o * g;
            const vec d_read_S_r = d_o * g;
            const vec d_a_g = (sigmoid_a_g * d_o * (read_S_r + scaled_o)) * (R(1) + a_g * (R(1) - sigmoid_a_g));
            put(Q_d_scaled_o, d_scaled_o);
            put(Q_d_read_S_r, d_read_S_r);
            put(Q_d_a_g, d_a_g);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of heads by key. */
static void back_3_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec exp_w = fixed(Q_exp_w);
        vec d_w = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec a_79 = get(Q_a_79);
            const vec d_exp_w = -a_79;
            d_w += d_exp_w * exp_w;
        }
        add(Q_d_w, d_w);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of heads by value. */
static void back_3_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec a_53 = get(Q_a_53);
            const vec a_54 = get(Q_a_54);
            const vec d_v = a_53 + a_54;
            put(Q_d_v, d_v);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of heads by value by key. */
static void back_3_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_58 = get(Q_a_58);
            const vec a_59 = get(Q_a_59);
            const vec d_S_prev = a_58 + a_59;
            put(Q_d_S_prev, d_S_prev);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of heads by key. */
static void back_4_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec u = fixed(Q_u);
        vec d_u = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_v_o = get(Q_d_v_o);
            const vec a_55 = get(Q_a_55);
            const vec a_56 = get(Q_a_56);
            const vec a_57 = get(Q_a_57);
            const vec k = get(Q_k);
            const vec d_k = d_v_o * u + a_55;
            const vec d_r = a_56 + a_57;
            d_u += d_v_o * k;
            put(Q_d_k, d_k);
            put(Q_d_r, d_r);
        }
        add(Q_d_u, d_u);
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of inputs. */
static void back_4_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_77 = get(Q_a_77_);
            put(Q_a_77, a_77);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of inputs. */
static void back_5_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_75_ = get(Q_a_75_);
            const vec a_77 = get(Q_a_77);
            const vec d_x = a_75_ + a_77;
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1},
    {SIZE_heads_value_key, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_i_heads_key", SIZE_heads_key, INPUT_SIZE, ONE, 2, 0, 0},
    {"weight_i_heads_value", SIZE_heads_value, INPUT_SIZE, ONE, 2, 0, 0},
    {"weight_oh", HIDDEN_SIZE, SIZE_heads_value, ONE, 1, 0, 0},
    {"w", SIZE_heads_key, ONE, ONE, 1, 0, 0},
    {"u", SIZE_heads_key, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, SIZE_heads_key, INPUT_SIZE},
    {1, 0, 2, 0, 0, SIZE_heads_value, INPUT_SIZE},
    {2, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_heads_value},
    {2, 0, 1, 1, 0, SIZE_heads_value, HIDDEN_SIZE},
    {1, 0, 2, 1, 0, INPUT_SIZE, SIZE_heads_value},
    {0, 0, 2, 1, 0, INPUT_SIZE, SIZE_heads_key},
};

static const Buffer buffers[] = {
    {SIZE_heads_key, 1, 2},
    {SIZE_heads_value, 1, 2},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_heads_value, 0, 1},
    {INPUT_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, SIZE_heads_key, 3, 0},
    {OF_TENSOR, SIZE_heads_key, 4, 0},
    {COMPUTED, SIZE_heads_key, 0, 0},
    {COMPUTED, SIZE_heads_key, 0, 0},
};

static const Bias biases[] = {
    {0},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
    {1, 1, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, SIZE_heads_key, INPUT_SIZE, (const Factors[]){{Q_d_r, Q_x}}},
    {1, 0, 2, 1, SIZE_heads_value, INPUT_SIZE, (const Factors[]){{Q_d_v, Q_x}}},
    {2, 0, 1, 1, HIDDEN_SIZE, SIZE_heads_value, (const Factors[]){{Q_d_h, Q_o}}},
};

static const Total totals[] = {
    {3, 0, 0, SIZE_heads_key, 0, 0},
    {4, 0, 1, SIZE_heads_key, 0, 0},
};

static const Group parameter_groups[] = {
    {SIZE_heads_key, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {1, 2, (const Reduction[]){{CONTRACTION, Q_columns_S_exp_S, 2, (const short[]){Q_S_prev, Q_exp_S}, 3, (const Loop[]){{SIZE_heads, {3, 3, 2}}, {SIZE_value, {2, 2, 0}}, {SIZE_key, {1, 1, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 1, 0, (const short[]){Q_r_}, step_1_heads_key}, {SIZE_heads_value, 0, 0, 1, 0, (const short[]){Q_v_}, step_1_heads_value}}},
    {3, 1, (const Reduction[]){{CONTRACTION, Q_dot_o, 2, (const short[]){Q_v_o, Q_r}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_read_S_r, 2, (const short[]){Q_S_prev, Q_r}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_outer_S, 2, (const short[]){Q_v, Q_k}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, step_2_heads_value_key}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_scaled_o, 2, (const short[]){Q_dot_o, Q_v}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_value, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_3_heads_value}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 2, -1, 0, 1, (const short[]){Q_o}}}, (const short[]){Q_h_}, step_4}}},
};

static const Stage backward[] = {
    {0, 3, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_heads_value_key, 0, 0, 0, 0, 0, back_1_heads_value_key}, {SIZE_heads_value, 0, 0, 0, 0, 0, back_1_heads_value}}},
    {4, 1, (const Reduction[]){{CONTRACTION, Q_scaled_d_S, 2, (const short[]){Q_exp_S, Q_d_S}, 3, (const Loop[]){{SIZE_heads, {3, 2, 3}}, {SIZE_value, {2, 0, 2}}, {SIZE_key, {1, 1, 1}}}}, {CONTRACTION, Q_a_54, 2, (const short[]){Q_d_S, Q_k}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_a_55, 2, (const short[]){Q_d_S, Q_v}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {0, 2, 1}}, {SIZE_key, {1, 1, 0}}}}, {CONTRACTION, Q_a_59, 2, (const short[]){Q_d_S, Q_exp_S}, 3, (const Loop[]){{SIZE_heads, {3, 3, 2}}, {SIZE_value, {2, 2, 0}}, {SIZE_key, {1, 1, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_d_h}}}, (const short[]){Q_d_o_}, back_2_heads_value}}},
    {5, 3, (const Reduction[]){{CONTRACTION, Q_a_79, 2, (const short[]){Q_scaled_d_S, Q_S_prev}, 3, (const Loop[]){{SIZE_heads, {2, 3, 3}}, {SIZE_value, {0, 2, 2}}, {SIZE_key, {1, 1, 1}}}}, {CONTRACTION, Q_d_dot_o, 2, (const short[]){Q_d_scaled_o, Q_v}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_value, {0, 1, 1}}}}, {CONTRACTION, Q_a_53, 2, (const short[]){Q_d_scaled_o, Q_dot_o}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_value, {1, 1, 0}}}}, {CONTRACTION, Q_a_56, 2, (const short[]){Q_d_read_S_r, Q_S_prev}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_58, 2, (const short[]){Q_d_read_S_r, Q_r}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_3_heads_key}, {SIZE_heads_value, 0, 0, 0, 0, 0, back_3_heads_value}, {SIZE_heads_value_key, 0, 0, 0, 0, 0, back_3_heads_value_key}}},
    {2, 2, (const Reduction[]){{CONTRACTION, Q_d_v_o, 2, (const short[]){Q_d_dot_o, Q_r}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_57, 2, (const short[]){Q_d_dot_o, Q_v_o}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_4_heads_key}, {INPUT_SIZE, 0, 1, 1, (const Product[]){{5, 4, -1, 0, 2, (const short[]){Q_d_v, Q_d_a_g}}}, (const short[]){Q_a_77_}, back_4_inputs}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 0, 1, 1, (const Product[]){{4, 5, -1, 0, 2, (const short[]){Q_d_r, Q_d_k}}}, (const short[]){Q_a_75_}, back_5_inputs}}},
};

static const char *const sizes[] = {
    "heads*key",
    "heads*value",
    "heads",
    "value",
    "key",
    "heads*value*key",
};

const Cell derive_cell = {
    .name = "rwkv5",
    .quantities = 57,
    .forward_quantities = 25,
    .states = 2,
    .inputs = 1,
    .axes = 10,
    .tensors = 5,
    .constants = 0,
    .packs = 6,
    .buffers = 6,
    .fixed = 4,
    .biases = 0,
    .early = 2,
    .outers = 3,
    .totals = 2,
    .sums = 2,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 1,
    .forward_stages = 4,
    .backward_stages = 5,
    .quantity = quantities,
    .state = states,
    .input = inputs,
    .size = sizes,
    .tensor = tensors,
    .constant = constants,
    .pack = packs,
    .buffer = buffers,
    .source = sources,
    .bias = biases,
    .product = input_products,
    .outer = outers,
    .total = totals,
    .parameters = parameter_groups,
    .forward = forward,
    .backward = backward,
};
