/* Of mamba.py as it was written, SHA-256 7625b509f866de6e8aac9d37fb1f258ffc71ed09ad7ce2a029e76d58ac11c088 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Mamba. One time step:
 *
 *     uₜ = SiLU(W_iu xₜ)
 *     zₜ = SiLU(W_iz xₜ)
 *     sₜ = softplus(W_s uₜ + b_s)
 *     Bₜ = W_uB uₜ
 *     Cₜ = W_uC uₜ
 *      A = −exp(a_log)
 *     Sₜ = exp(diag(sₜ) A) ⊙ Sₜ₋₁ + (sₜ ⊙ uₜ) Bₜᵀ
 *     yₜ = zₜ ⊙ (Sₜ Cₜ + D ⊙ uₜ)
 *     hₜ = W_yh yₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_u_,
    Q_a_z_,
    Q_a_s_,
    Q_B_,
    Q_C_,
    Q_h_,
    Q_x,
    Q_S_prev,
    Q_h,
    Q_S,
    Q_a_u,
    Q_a_z,
    Q_u,
    Q_z,
    Q_a_s,
    Q_s,
    Q_v_S,
    Q_B,
    Q_C,
    Q_rows_s_A,
    Q_outer_S,
    Q_exp_rows_s_A,
    Q_read_S_C,
    Q_y,
    Q_a_log,
    Q_D,
    Q_exp_a_log,
    Q_A,
    Q_d_h_later,
    Q_d_y2,
    Q_d_S_later,
    Q_d_y_,
    Q_a_80_,
    Q_a_82_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_S_prev,
    Q_d_x,
    Q_d_a_u,
    Q_d_a_z,
    Q_d_a_s,
    Q_d_B,
    Q_d_C,
    Q_d_h,
    Q_d_S_next,
    Q_sigmoid_a_z,
    Q_sigmoid_a_u,
    Q_factor,
    Q_d_y,
    Q_d_read_S_C,
    Q_a_50,
    Q_d_S,
    Q_d_rows_s_A,
    Q_d_v_S,
    Q_d_A,
    Q_scaled_d_rows_s_A,
    Q_a_90,
    Q_a_82,
    Q_d_D,
    Q_d_a_log,
    Q_d_bias_s
};

enum { SIZE_value_key = NAMED, SIZE_value, SIZE_key };

static const Quantity quantities[] = {
    [Q_a_u_] = {EARLY, SIZE_value, 0, 0, 0, Q_a_u_},
    [Q_a_z_] = {EARLY, SIZE_value, 0, 0, 1, Q_a_u_},
    [Q_a_s_] = {LOCAL, SIZE_value, 0, 1, 0, Q_a_s_},
    [Q_B_] = {LOCAL, SIZE_key, 0, 2, 0, Q_B_},
    [Q_C_] = {LOCAL, SIZE_key, 0, 2, 1, Q_B_},
    [Q_h_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_S_prev] = {BEFORE, SIZE_value_key, 0, 1, 0, Q_S_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_S] = {AFTER, SIZE_value_key, 0, 1, 0, Q_S},
    [Q_a_u] = {PANEL, SIZE_value, 1, 0, 0, Q_a_u},
    [Q_a_z] = {PANEL, SIZE_value, 1, 1, 0, Q_a_u},
    [Q_u] = {ROW, SIZE_value, 1, 3, 0, Q_u},
    [Q_z] = {PANEL, SIZE_value, 1, 2, 0, Q_a_u},
    [Q_a_s] = {PANEL, SIZE_value, 1, 3, 0, Q_a_u},
    [Q_s] = {ROW, SIZE_value, 1, 4, 0, Q_s},
    [Q_v_S] = {ROW, SIZE_value, 1, 5, 0, Q_v_S},
    [Q_B] = {ROW, SIZE_key, 1, 2, 0, Q_B},
    [Q_C] = {ROW, SIZE_key, 1, 3, 0, Q_C},
    [Q_rows_s_A] = {ROW, SIZE_value_key, 0, 0, 0, Q_rows_s_A},
    [Q_outer_S] = {ROW, SIZE_value_key, 0, 1, 0, Q_outer_S},
    [Q_exp_rows_s_A] = {PANEL, SIZE_value_key, 1, 0, 0, Q_exp_rows_s_A},
    [Q_read_S_C] = {ROW, SIZE_value, 1, 6, 0, Q_read_S_C},
    [Q_y] = {ROW, SIZE_value, 1, 7, 0, Q_y},
    [Q_a_log] = {FIXED, SIZE_value_key, 0, 0, 0, Q_a_log},
    [Q_D] = {FIXED, SIZE_value, 0, 1, 0, Q_D},
    [Q_exp_a_log] = {FIXED, SIZE_value_key, 0, 2, 0, Q_exp_a_log},
    [Q_A] = {FIXED, SIZE_value_key, 0, 3, 0, Q_A},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y2] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y2},
    [Q_d_S_later] = {LATER, SIZE_value_key, 0, 1, 0, Q_d_S_later},
    [Q_d_y_] = {LOCAL, SIZE_value, 0, 4, 0, Q_d_y_},
    [Q_a_80_] = {LOCAL, SIZE_value, 0, 5, 0, Q_a_80_},
    [Q_a_82_] = {LOCAL, SIZE_value, 0, 6, 0, Q_a_82_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 7, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_S_prev] = {EARLIER, SIZE_value_key, 0, 1, 0, Q_d_S_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_u] = {ROW, SIZE_value, 1, 0, 0, Q_d_a_u},
    [Q_d_a_z] = {ROW, SIZE_value, 1, 1, 0, Q_d_a_z},
    [Q_d_a_s] = {ROW, SIZE_value, 1, 2, 0, Q_d_a_s},
    [Q_d_B] = {ROW, SIZE_key, 1, 0, 0, Q_d_B},
    [Q_d_C] = {ROW, SIZE_key, 1, 1, 0, Q_d_C},
    [Q_d_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_h},
    [Q_d_S_next] = {PANEL, SIZE_value_key, 0, 0, 0, Q_d_S_next},
    [Q_sigmoid_a_z] = {PANEL, SIZE_value, 0, 0, 0, Q_sigmoid_a_z},
    [Q_sigmoid_a_u] = {PANEL, SIZE_value, 0, 1, 0, Q_sigmoid_a_z},
    [Q_factor] = {ROW, SIZE_value, 0, 0, 0, Q_factor},
    [Q_d_y] = {PANEL, SIZE_value, 0, 2, 0, Q_sigmoid_a_z},
    [Q_d_read_S_C] = {ROW, SIZE_value, 0, 1, 0, Q_d_read_S_C},
    [Q_a_50] = {ROW, SIZE_value_key, 0, 2, 0, Q_a_50},
    [Q_d_S] = {ROW, SIZE_value_key, 0, 3, 0, Q_d_S},
    [Q_d_rows_s_A] = {ROW, SIZE_value_key, 0, 4, 0, Q_d_rows_s_A},
    [Q_d_v_S] = {ROW, SIZE_value, 0, 2, 0, Q_d_v_S},
    [Q_d_A] = {ROW, SIZE_value_key, 0, 5, 0, Q_d_A},
    [Q_scaled_d_rows_s_A] = {ROW, SIZE_value_key, 0, 6, 0, Q_scaled_d_rows_s_A},
    [Q_a_90] = {ROW, SIZE_value, 0, 3, 0, Q_a_90},
    [Q_a_82] = {PANEL, SIZE_value, 0, 3, 0, Q_sigmoid_a_z},
    [Q_d_D] = {SUM, SIZE_value, 0, 0, 0, Q_d_D},
    [Q_d_a_log] = {SUM, SIZE_value_key, 0, 1, 0, Q_d_a_log},
    [Q_d_bias_s] = {SUM, SIZE_value, 0, 2, 0, Q_d_bias_s},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec a_log = fixed(Q_a_log);
        for (long row = 0; row < rows; row++) {
            const vec exp_a_log = vrate(a_log);
            const vec A = -exp_a_log;
            put(Q_exp_a_log, exp_a_log);
            put(Q_A, A);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of value. */
static void step_1_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_u = get(Q_a_u_);
            const vec a_z = get(Q_a_z_);
            const vec u = a_u / (R(1) + vexp(-magnitude(a_u))) * vexp(R(0.5) * a_u - R(0.5) * magnitude(a_u));
            const vec z = a_z / (R(1) + vexp(-magnitude(a_z))) * vexp(R(0.5) * a_z - R(0.5) * magnitude(a_z));
            put(Q_u, u);
            put(Q_z, z);
            if (keep) {
                put(Q_a_u, a_u);
                put(Q_a_z, a_z);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of value. */
static void step_2_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec u = get(Q_u);
            const vec a_s = get(Q_a_s_);
            const vec s = vsoftplus(a_s);
            const vec v_S = s * u;
            put(Q_s, s);
            put(Q_v_S, v_S);
            if (keep) {
                put(Q_a_s, a_s);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of key. */
static void step_2_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec B = get(Q_B_);
            const vec C = get(Q_C_);
            put(Q_B, B);
            put(Q_C, C);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of value by key. */
static void step_3_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec rows_s_A = get(Q_rows_s_A);
            const vec S_prev = get(Q_S_prev);
            const vec outer_S = get(Q_outer_S);
            const vec exp_rows_s_A = vexp(rows_s_A);
            const vec S = exp_rows_s_A * S_prev + outer_S;
            put(Q_S, S);
            if (keep) {
                put(Q_exp_rows_s_A, exp_rows_s_A);
            }
        }
    }
    (void)keep;
}

/* Stage 4 of a time step, panels of value. */
static void step_4_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec D = fixed(Q_D);
        for (long row = 0; row < rows; row++) {
            const vec z = get(Q_z);
            const vec read_S_C = get(Q_read_S_C);
            const vec u = get(Q_u);
            const vec y = z * (read_S_C + D * u);
            put(Q_y, y);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step, panels of units. */
static void step_5(const At *restrict at, long first, long end, long rows, int keep)
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
            const vec d_y2 = get(Q_d_y2);
            const vec d_h = d_h_later + d_y2;
            const vec d_h_prev = splat(R(0));
            put(Q_d_h, d_h);
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of value by key. */
static void back_1_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_S_next = get(Q_d_S_later);
            put(Q_d_S_next, d_S_next);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of value. */
static void back_1_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_z = get(Q_a_z);
            const vec a_u = get(Q_a_u);
            const vec a_s = get(Q_a_s);
            const vec sigmoid_a_z = vsigmoid(a_z);
            const vec sigmoid_a_u = vsigmoid(a_u);
            const vec factor = vsigmoid(a_s);
            put(Q_sigmoid_a_z, sigmoid_a_z);
            put(Q_sigmoid_a_u, sigmoid_a_u);
            put(Q_factor, factor);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of value. */
static void back_2_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec D = fixed(Q_D);
        vec d_D = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec z = get(Q_z);
            const vec sigmoid_a_z = get(Q_sigmoid_a_z);
            const vec read_S_C = get(Q_read_S_C);
            const vec u = get(Q_u);
            const vec a_z = get(Q_a_z);
            const vec d_y = get(Q_d_y_);
            const vec d_read_S_C = d_y * z;
            const vec d_a_z = (sigmoid_a_z * d_y * (read_S_C + D * u)) * (R(1) + a_z * (R(1) - sigmoid_a_z));
            d_D += d_y * z * u;
            put(Q_d_y, d_y);
            put(Q_d_read_S_C, d_read_S_C);
            put(Q_d_a_z, d_a_z);
        }
        add(Q_d_D, d_D);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of value by key. */
static void back_3_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_S_next = get(Q_d_S_next);
            const vec a_50 = get(Q_a_50);
            const vec exp_rows_s_A = get(Q_exp_rows_s_A);
            const vec S_prev = get(Q_S_prev);
            const vec d_S = d_S_next + a_50;
            const vec d_rows_s_A = exp_rows_s_A * d_S * S_prev;
            const vec d_S_prev = d_S * exp_rows_s_A;
            put(Q_d_S, d_S);
            put(Q_d_rows_s_A, d_rows_s_A);
            put(Q_d_S_prev, d_S_prev);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of value by key. */
static void back_4_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec exp_a_log = fixed(Q_exp_a_log);
        vec d_a_log = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_A = get(Q_d_A);
            const vec d_exp_a_log = -d_A;
            d_a_log += d_exp_a_log * exp_a_log;
        }
        add(Q_d_a_log, d_a_log);
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of value. */
static void back_5_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_s = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec factor = get(Q_factor);
            const vec d_v_S = get(Q_d_v_S);
            const vec u = get(Q_u);
            const vec a_90 = get(Q_a_90);
            const vec d_a_s = factor * d_v_S * u + a_90;
            const vec a_82 = get(Q_a_82_);
            d_bias_s += d_a_s;
            put(Q_d_a_s, d_a_s);
            put(Q_a_82, a_82);
        }
        add(Q_d_bias_s, d_bias_s);
    }
    (void)keep;
}

/* Stage 6 of a time step backwards, panels of value. */
static void back_6_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec D = fixed(Q_D);
        for (long row = 0; row < rows; row++) {
            const vec d_v_S = get(Q_d_v_S);
            const vec s = get(Q_s);
            const vec d_y = get(Q_d_y);
            const vec z = get(Q_z);
            const vec a_80_ = get(Q_a_80_);
            const vec a_82 = get(Q_a_82);
            const vec sigmoid_a_u = get(Q_sigmoid_a_u);
            const vec a_u = get(Q_a_u);
            const vec d_u = d_v_S * s + d_y * z * D + a_80_ + a_82;
            const vec d_a_u = d_u * sigmoid_a_u * (R(1) + a_u * (R(1) - sigmoid_a_u));
            put(Q_d_a_u, d_a_u);
        }
    }
    (void)keep;
}

/* Stage 7 of a time step backwards, panels of inputs. */
static void back_7_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_x = get(Q_d_x_);
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1},
    {SIZE_value_key, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_i_value", SIZE_value, INPUT_SIZE, ONE, 2, 0, 0},
    {"weight_s", SIZE_value, SIZE_value, ONE, 1, 0, 0},
    {"bias_s", SIZE_value, ONE, ONE, 1, 0, 0},
    {"weight_u_key", SIZE_key, SIZE_value, ONE, 2, 0, 0},
    {"weight_yh", HIDDEN_SIZE, SIZE_value, ONE, 1, 0, 0},
    {"a_log", SIZE_value_key, ONE, ONE, 1, 0, 0},
    {"D", SIZE_value, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, SIZE_value, INPUT_SIZE},
    {1, 0, 1, 0, 0, SIZE_value, SIZE_value},
    {3, 0, 2, 0, 0, SIZE_key, SIZE_value},
    {4, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_value},
    {4, 0, 1, 1, 0, SIZE_value, HIDDEN_SIZE},
    {3, 0, 2, 1, 0, SIZE_value, SIZE_key},
    {1, 0, 1, 1, 0, SIZE_value, SIZE_value},
    {0, 0, 2, 1, 0, INPUT_SIZE, SIZE_value},
};

static const Buffer buffers[] = {
    {SIZE_value, 1, 2},
    {SIZE_value, 0, 1},
    {SIZE_key, 0, 2},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_value, 0, 1},
    {SIZE_value, 0, 1},
    {SIZE_value, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, SIZE_value_key, 5, 0},
    {OF_TENSOR, SIZE_value, 6, 0},
    {COMPUTED, SIZE_value_key, 0, 0},
    {COMPUTED, SIZE_value_key, 0, 0},
};

static const Bias biases[] = {
    {SIZE_value, 1, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, SIZE_value, INPUT_SIZE, (const Factors[]){{Q_d_a_u, Q_x}}},
    {1, 0, 1, 1, SIZE_value, SIZE_value, (const Factors[]){{Q_d_a_s, Q_u}}},
    {3, 0, 2, 1, SIZE_key, SIZE_value, (const Factors[]){{Q_d_B, Q_u}}},
    {4, 0, 1, 1, HIDDEN_SIZE, SIZE_value, (const Factors[]){{Q_d_h, Q_y}}},
};

static const Total totals[] = {
    {2, 0, 2, SIZE_value, 0, 0},
    {5, 0, 1, SIZE_value_key, 0, 0},
    {6, 0, 0, SIZE_value, 0, 0},
};

static const Group parameter_groups[] = {
    {SIZE_value_key, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{SIZE_value, 0, 0, 1, 0, (const short[]){Q_a_u_}, step_1_value}}},
    {0, 2, 0, (const Group[]){{SIZE_value, 0, 1, 1, (const Product[]){{1, 1, 0, 0, 1, (const short[]){Q_u}}}, (const short[]){Q_a_s_}, step_2_value}, {SIZE_key, 0, 1, 1, (const Product[]){{2, 2, -1, 0, 1, (const short[]){Q_u}}}, (const short[]){Q_B_}, step_2_key}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_rows_s_A, 2, (const short[]){Q_s, Q_A}, 2, (const Loop[]){{SIZE_value, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_outer_S, 2, (const short[]){Q_v_S, Q_B}, 2, (const Loop[]){{SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_value_key, 0, 0, 0, 0, 0, step_3_value_key}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_read_S_C, 2, (const short[]){Q_S, Q_C}, 2, (const Loop[]){{SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_value, 0, 0, 0, 0, 0, step_4_value}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_y}}}, (const short[]){Q_h_}, step_5}}},
};

static const Stage backward[] = {
    {0, 3, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_value_key, 0, 0, 0, 0, 0, back_1_value_key}, {SIZE_value, 0, 0, 0, 0, 0, back_1_value}}},
    {0, 1, 0, (const Group[]){{SIZE_value, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_d_h}}}, (const short[]){Q_d_y_}, back_2_value}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_a_50, 2, (const short[]){Q_d_read_S_C, Q_C}, 2, (const Loop[]){{SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_d_C, 2, (const short[]){Q_d_read_S_C, Q_S}, 2, (const Loop[]){{SIZE_value, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_value_key, 0, 0, 0, 0, 0, back_3_value_key}}},
    {4, 1, (const Reduction[]){{CONTRACTION, Q_d_v_S, 2, (const short[]){Q_d_S, Q_B}, 2, (const Loop[]){{SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_d_A, 2, (const short[]){Q_d_rows_s_A, Q_s}, 2, (const Loop[]){{SIZE_value, {2, 2, 1}}, {SIZE_key, {1, 1, 0}}}}, {CONTRACTION, Q_d_B, 2, (const short[]){Q_d_S, Q_v_S}, 2, (const Loop[]){{SIZE_value, {0, 2, 1}}, {SIZE_key, {1, 1, 0}}}}, {CONTRACTION, Q_scaled_d_rows_s_A, 2, (const short[]){Q_factor, Q_d_rows_s_A}, 2, (const Loop[]){{SIZE_value, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_value_key, 0, 0, 0, 0, 0, back_4_value_key}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_a_90, 2, (const short[]){Q_scaled_d_rows_s_A, Q_A}, 2, (const Loop[]){{SIZE_value, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_value, 0, 1, 1, (const Product[]){{6, 5, -1, 0, 2, (const short[]){Q_d_B, Q_d_C}}}, (const short[]){Q_a_82_}, back_5_value}}},
    {0, 1, 0, (const Group[]){{SIZE_value, 0, 1, 1, (const Product[]){{5, 6, -1, 0, 1, (const short[]){Q_d_a_s}}}, (const short[]){Q_a_80_}, back_6_value}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{7, 7, -1, 0, 2, (const short[]){Q_d_a_u, Q_d_a_z}}}, (const short[]){Q_d_x_}, back_7_inputs}}},
};

static const char *const sizes[] = {
    "value*key",
    "value",
    "key",
};

const Cell derive_cell = {
    .name = "mamba",
    .quantities = 61,
    .forward_quantities = 28,
    .states = 2,
    .inputs = 1,
    .axes = 7,
    .tensors = 7,
    .constants = 0,
    .packs = 8,
    .buffers = 8,
    .fixed = 4,
    .biases = 1,
    .early = 1,
    .outers = 4,
    .totals = 3,
    .sums = 3,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 1,
    .forward_stages = 5,
    .backward_stages = 7,
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
