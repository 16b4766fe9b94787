/* Of longhorn.py as it was written, SHA-256 44810bc2ce99f8e0e35f30d67826d64661ee9dd8a9eefe0a41afaba06d611381 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Longhorn. One time step:
 *
 *     uₜ = SiLU(W_iu xₜ)
 *     zₜ = SiLU(W_iz xₜ)
 *     qₜ = W_uq uₜ
 *     kₜ = W_uk uₜ
 *     βₜ = σ(W_bη uₜ + b_β)
 *     sₜ = βₜ/(1 + βₜ (kₜᵀ kₜ))
 *     Sₜ = (1 − sₜ (kₜ²)ᵀ) ⊙ Sₜ₋₁ + (sₜ ⊙ uₜ) kₜᵀ
 *     yₜ = zₜ ⊙ (Sₜ qₜ + D ⊙ uₜ)
 *     hₜ = W_yh yₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_u_,
    Q_a_z_,
    Q_q_,
    Q_k_,
    Q_a_beta_,
    Q_h_,
    Q_x,
    Q_S_prev,
    Q_h,
    Q_S,
    Q_a_u,
    Q_a_z,
    Q_u,
    Q_z,
    Q_q,
    Q_k,
    Q_v_S,
    Q_beta,
    Q_dot_s,
    Q_s,
    Q_v_S2,
    Q_a_27,
    Q_outer_S,
    Q_scaled_S,
    Q_read_S_q,
    Q_y,
    Q_D,
    Q_d_h_later,
    Q_d_y2,
    Q_d_S_later,
    Q_d_y_,
    Q_a_88_,
    Q_a_89_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_S_prev,
    Q_d_x,
    Q_d_a_u,
    Q_d_a_z,
    Q_d_q,
    Q_d_k,
    Q_d_a_beta,
    Q_d_h,
    Q_d_S_next,
    Q_sigmoid_a_z,
    Q_sigmoid_a_u,
    Q_factor,
    Q_d_y,
    Q_d_read_S_q,
    Q_a_51,
    Q_d_S,
    Q_d_scaled_S,
    Q_d_v_S2,
    Q_a_53,
    Q_scaled_d_scaled_S,
    Q_a_65,
    Q_d_v_S,
    Q_a_100,
    Q_a_58,
    Q_d_dot_s,
    Q_a_89,
    Q_a_63,
    Q_a_64,
    Q_d_D,
    Q_d_bias_beta
};

enum { SIZE_value = NAMED, SIZE_key, SIZE_value_key };

static const Quantity quantities[] = {
    [Q_a_u_] = {EARLY, SIZE_value, 0, 0, 0, Q_a_u_},
    [Q_a_z_] = {EARLY, SIZE_value, 0, 0, 1, Q_a_u_},
    [Q_q_] = {LOCAL, SIZE_key, 0, 1, 0, Q_q_},
    [Q_k_] = {LOCAL, SIZE_key, 0, 1, 1, Q_q_},
    [Q_a_beta_] = {LOCAL, SIZE_value, 0, 2, 0, Q_a_beta_},
    [Q_h_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_S_prev] = {BEFORE, SIZE_value_key, 0, 1, 0, Q_S_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_S] = {AFTER, SIZE_value_key, 0, 1, 0, Q_S},
    [Q_a_u] = {PANEL, SIZE_value, 1, 0, 0, Q_a_u},
    [Q_a_z] = {PANEL, SIZE_value, 1, 1, 0, Q_a_u},
    [Q_u] = {ROW, SIZE_value, 1, 3, 0, Q_u},
    [Q_z] = {PANEL, SIZE_value, 1, 2, 0, Q_a_u},
    [Q_q] = {ROW, SIZE_key, 1, 2, 0, Q_q},
    [Q_k] = {ROW, SIZE_key, 1, 3, 0, Q_k},
    [Q_v_S] = {ROW, SIZE_key, 1, 4, 0, Q_v_S},
    [Q_beta] = {PANEL, SIZE_value, 1, 3, 0, Q_a_u},
    [Q_dot_s] = {ROW, ONE, 1, 0, 0, Q_dot_s},
    [Q_s] = {ROW, SIZE_value, 1, 4, 0, Q_s},
    [Q_v_S2] = {ROW, SIZE_value, 1, 5, 0, Q_v_S2},
    [Q_a_27] = {ROW, SIZE_value_key, 0, 0, 0, Q_a_27},
    [Q_outer_S] = {ROW, SIZE_value_key, 0, 1, 0, Q_outer_S},
    [Q_scaled_S] = {PANEL, SIZE_value_key, 1, 0, 0, Q_scaled_S},
    [Q_read_S_q] = {ROW, SIZE_value, 1, 6, 0, Q_read_S_q},
    [Q_y] = {ROW, SIZE_value, 1, 7, 0, Q_y},
    [Q_D] = {FIXED, SIZE_value, 0, 0, 0, Q_D},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y2] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y2},
    [Q_d_S_later] = {LATER, SIZE_value_key, 0, 1, 0, Q_d_S_later},
    [Q_d_y_] = {LOCAL, SIZE_value, 0, 4, 0, Q_d_y_},
    [Q_a_88_] = {LOCAL, SIZE_value, 0, 5, 0, Q_a_88_},
    [Q_a_89_] = {LOCAL, SIZE_value, 0, 6, 0, Q_a_89_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 7, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_S_prev] = {EARLIER, SIZE_value_key, 0, 1, 0, Q_d_S_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_u] = {ROW, SIZE_value, 1, 0, 0, Q_d_a_u},
    [Q_d_a_z] = {ROW, SIZE_value, 1, 1, 0, Q_d_a_z},
    [Q_d_q] = {ROW, SIZE_key, 1, 0, 0, Q_d_q},
    [Q_d_k] = {ROW, SIZE_key, 1, 1, 0, Q_d_k},
    [Q_d_a_beta] = {ROW, SIZE_value, 1, 2, 0, Q_d_a_beta},
    [Q_d_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_h},
    [Q_d_S_next] = {PANEL, SIZE_value_key, 0, 0, 0, Q_d_S_next},
    [Q_sigmoid_a_z] = {PANEL, SIZE_value, 0, 0, 0, Q_sigmoid_a_z},
    [Q_sigmoid_a_u] = {PANEL, SIZE_value, 0, 1, 0, Q_sigmoid_a_z},
    [Q_factor] = {ROW, SIZE_value, 0, 0, 0, Q_factor},
    [Q_d_y] = {PANEL, SIZE_value, 0, 2, 0, Q_sigmoid_a_z},
    [Q_d_read_S_q] = {ROW, SIZE_value, 0, 1, 0, Q_d_read_S_q},
    [Q_a_51] = {ROW, SIZE_value_key, 0, 2, 0, Q_a_51},
    [Q_d_S] = {ROW, SIZE_value_key, 0, 3, 0, Q_d_S},
    [Q_d_scaled_S] = {ROW, SIZE_value_key, 0, 4, 0, Q_d_scaled_S},
    [Q_d_v_S2] = {ROW, SIZE_value, 0, 2, 0, Q_d_v_S2},
    [Q_a_53] = {ROW, SIZE_key, 0, 0, 0, Q_a_53},
    [Q_scaled_d_scaled_S] = {ROW, SIZE_value_key, 0, 5, 0, Q_scaled_d_scaled_S},
    [Q_a_65] = {ROW, SIZE_key, 0, 1, 0, Q_a_65},
    [Q_d_v_S] = {PANEL, SIZE_key, 0, 0, 0, Q_d_v_S},
    [Q_a_100] = {ROW, SIZE_value, 0, 3, 0, Q_a_100},
    [Q_a_58] = {PANEL, SIZE_value, 0, 3, 0, Q_sigmoid_a_z},
    [Q_d_dot_s] = {ROW, ONE, 0, 0, 0, Q_d_dot_s},
    [Q_a_89] = {PANEL, SIZE_value, 0, 4, 0, Q_sigmoid_a_z},
    [Q_a_63] = {ROW, SIZE_key, 0, 2, 0, Q_a_63},
    [Q_a_64] = {ROW, SIZE_key, 0, 3, 0, Q_a_64},
    [Q_d_D] = {SUM, SIZE_value, 0, 0, 0, Q_d_D},
    [Q_d_bias_beta] = {SUM, SIZE_value, 0, 1, 0, Q_d_bias_beta},
};

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

/* Stage 2 of a time step, panels of key. */
static void step_2_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec q = get(Q_q_);
            const vec k = get(Q_k_);
            const vec v_S = power(k, 2);
            put(Q_q, q);
            put(Q_k, k);
            put(Q_v_S, v_S);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of value. */
static void step_2_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_beta = get(Q_a_beta_);
            const vec beta = vsigmoid(a_beta);
            put(Q_beta, beta);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of value. */
static void step_3_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec beta = get(Q_beta);
            const vec dot_s = get(Q_dot_s);
            const vec u = get(Q_u);
            const vec s = beta / (R(1) + beta * dot_s);
            const vec v_S2 = s * u;
            put(Q_s, s);
            put(Q_v_S2, v_S2);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step, panels of value by key. */
static void step_4_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_27 = get(Q_a_27);
            const vec S_prev = get(Q_S_prev);
            const vec outer_S = get(Q_outer_S);
            const vec scaled_S = -a_27;
            const vec S = (R(1) + scaled_S) * S_prev + outer_S;
            put(Q_S, S);
            if (keep) {
                put(Q_scaled_S, scaled_S);
            }
        }
    }
    (void)keep;
}

/* Stage 5 of a time step, panels of value. */
static void step_5_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec D = fixed(Q_D);
        for (long row = 0; row < rows; row++) {
            const vec z = get(Q_z);
            const vec read_S_q = get(Q_read_S_q);
            const vec u = get(Q_u);
            const vec y = z * (read_S_q + D * u);
            put(Q_y, y);
        }
    }
    (void)keep;
}

/* Stage 6 of a time step, panels of units. */
static void step_6(const At *restrict at, long first, long end, long rows, int keep)
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
            const vec beta = get(Q_beta);
            const vec dot_s = get(Q_dot_s);
            const vec sigmoid_a_z = vsigmoid(a_z);
            const vec sigmoid_a_u = vsigmoid(a_u);
            const vec factor = beta / (R(1) + beta * dot_s);
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
            const vec read_S_q = get(Q_read_S_q);
            const vec u = get(Q_u);
            const vec a_z = get(Q_a_z);
            const vec d_y = get(Q_d_y_);
            const vec d_read_S_q = d_y * z;
            const vec d_a_z = (sigmoid_a_z * d_y * (read_S_q + D * u)) * (R(1) + a_z * (R(1) - sigmoid_a_z));
            d_D += d_y * z * u;
            put(Q_d_y, d_y);
            put(Q_d_read_S_q, d_read_S_q);
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
            const vec a_51 = get(Q_a_51);
            const vec S_prev = get(Q_S_prev);
            const vec scaled_S = get(Q_scaled_S);
            const vec d_S = d_S_next + a_51;
            const vec d_scaled_S = d_S * S_prev;
            const vec d_S_prev = d_S * (R(1) + scaled_S);
            put(Q_d_S, d_S);
            put(Q_d_scaled_S, d_scaled_S);
            put(Q_d_S_prev, d_S_prev);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of key. */
static void back_4_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_53 = get(Q_a_53);
            const vec d_v_S = -a_53;
            put(Q_d_v_S, d_v_S);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of value. */
static void back_5_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_beta = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec factor = get(Q_factor);
            const vec d_v_S2 = get(Q_d_v_S2);
            const vec u = get(Q_u);
            const vec a_100 = get(Q_a_100);
            const vec s = get(Q_s);
            const vec beta = get(Q_beta);
            const vec dot_s = get(Q_dot_s);
            const vec scaled_d_s = factor * d_v_S2 * u - a_100;
            const vec a_58 = -scaled_d_s * s;
            const vec d_a_beta = (R(1) - beta) * scaled_d_s * (R(1) - s * dot_s);
            d_bias_beta += d_a_beta;
            put(Q_a_58, a_58);
            put(Q_d_a_beta, d_a_beta);
        }
        add(Q_d_bias_beta, d_bias_beta);
    }
    (void)keep;
}

/* Stage 6 of a time step backwards, panels of value. */
static void back_6_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_89 = get(Q_a_89_);
            put(Q_a_89, a_89);
        }
    }
    (void)keep;
}

/* Stage 7 of a time step backwards, panels of key. */
static void back_7_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_v_S = get(Q_d_v_S);
            const vec k = get(Q_k);
            const vec a_63 = get(Q_a_63);
            const vec a_64 = get(Q_a_64);
            const vec a_65 = get(Q_a_65);
            const vec d_k = R(2) * d_v_S * k + a_63 + a_64 + a_65;
            put(Q_d_k, d_k);
        }
    }
    (void)keep;
}

/* Stage 8 of a time step backwards, panels of value. */
static void back_8_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec D = fixed(Q_D);
        for (long row = 0; row < rows; row++) {
            const vec d_v_S2 = get(Q_d_v_S2);
            const vec s = get(Q_s);
            const vec d_y = get(Q_d_y);
            const vec z = get(Q_z);
            const vec a_88_ = get(Q_a_88_);
            const vec a_89 = get(Q_a_89);
            const vec sigmoid_a_u = get(Q_sigmoid_a_u);
            const vec a_u = get(Q_a_u);
            const vec d_u = d_v_S2 * s + d_y * z * D + a_88_ + a_89;
            const vec d_a_u = d_u * sigmoid_a_u * (R(1) + a_u * (R(1) - sigmoid_a_u));
            put(Q_d_a_u, d_a_u);
        }
    }
    (void)keep;
}

/* Stage 9 of a time step backwards, panels of inputs. */
static void back_9_inputs(const At *restrict at, long first, long end, long rows, int keep)
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
    {"weight_u_key", SIZE_key, SIZE_value, ONE, 2, 0, 0},
    {"weight_beta", SIZE_value, SIZE_value, ONE, 1, 0, 0},
    {"bias_beta", SIZE_value, ONE, ONE, 1, 0, 0},
    {"weight_yh", HIDDEN_SIZE, SIZE_value, ONE, 1, 0, 0},
    {"D", SIZE_value, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, SIZE_value, INPUT_SIZE},
    {1, 0, 2, 0, 0, SIZE_key, SIZE_value},
    {2, 0, 1, 0, 0, SIZE_value, SIZE_value},
    {4, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_value},
    {4, 0, 1, 1, 0, SIZE_value, HIDDEN_SIZE},
    {2, 0, 1, 1, 0, SIZE_value, SIZE_value},
    {1, 0, 2, 1, 0, SIZE_value, SIZE_key},
    {0, 0, 2, 1, 0, INPUT_SIZE, SIZE_value},
};

static const Buffer buffers[] = {
    {SIZE_value, 1, 2},
    {SIZE_key, 0, 2},
    {SIZE_value, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_value, 0, 1},
    {SIZE_value, 0, 1},
    {SIZE_value, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, SIZE_value, 5, 0},
};

static const Bias biases[] = {
    {SIZE_value, 1, 1, (const Summand[]){{3, 0}}},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, SIZE_value, INPUT_SIZE, (const Factors[]){{Q_d_a_u, Q_x}}},
    {1, 0, 2, 1, SIZE_key, SIZE_value, (const Factors[]){{Q_d_q, Q_u}}},
    {2, 0, 1, 1, SIZE_value, SIZE_value, (const Factors[]){{Q_d_a_beta, Q_u}}},
    {4, 0, 1, 1, HIDDEN_SIZE, SIZE_value, (const Factors[]){{Q_d_h, Q_y}}},
};

static const Total totals[] = {
    {3, 0, 1, SIZE_value, 0, 0},
    {5, 0, 0, SIZE_value, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{SIZE_value, 0, 0, 1, 0, (const short[]){Q_a_u_}, step_1_value}}},
    {0, 2, 0, (const Group[]){{SIZE_key, 0, 1, 1, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_u}}}, (const short[]){Q_q_}, step_2_key}, {SIZE_value, 0, 1, 1, (const Product[]){{2, 2, 0, 0, 1, (const short[]){Q_u}}}, (const short[]){Q_a_beta_}, step_2_value}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_dot_s, 2, (const short[]){Q_k, Q_k}, 1, (const Loop[]){{SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_value, 0, 0, 0, 0, 0, step_3_value}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_a_27, 2, (const short[]){Q_s, Q_v_S}, 2, (const Loop[]){{SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_outer_S, 2, (const short[]){Q_v_S2, Q_k}, 2, (const Loop[]){{SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_value_key, 0, 0, 0, 0, 0, step_4_value_key}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_read_S_q, 2, (const short[]){Q_S, Q_q}, 2, (const Loop[]){{SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_value, 0, 0, 0, 0, 0, step_5_value}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_y}}}, (const short[]){Q_h_}, step_6}}},
};

static const Stage backward[] = {
    {0, 3, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_value_key, 0, 0, 0, 0, 0, back_1_value_key}, {SIZE_value, 0, 0, 0, 0, 0, back_1_value}}},
    {0, 1, 0, (const Group[]){{SIZE_value, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_d_h}}}, (const short[]){Q_d_y_}, back_2_value}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_a_51, 2, (const short[]){Q_d_read_S_q, Q_q}, 2, (const Loop[]){{SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_d_q, 2, (const short[]){Q_d_read_S_q, Q_S}, 2, (const Loop[]){{SIZE_value, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_value_key, 0, 0, 0, 0, 0, back_3_value_key}}},
    {4, 1, (const Reduction[]){{CONTRACTION, Q_d_v_S2, 2, (const short[]){Q_d_S, Q_k}, 2, (const Loop[]){{SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_a_53, 2, (const short[]){Q_d_scaled_S, Q_s}, 2, (const Loop[]){{SIZE_value, {0, 2, 1}}, {SIZE_key, {1, 1, 0}}}}, {CONTRACTION, Q_scaled_d_scaled_S, 2, (const short[]){Q_factor, Q_d_scaled_S}, 2, (const Loop[]){{SIZE_value, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_65, 2, (const short[]){Q_d_S, Q_v_S2}, 2, (const Loop[]){{SIZE_value, {0, 2, 1}}, {SIZE_key, {1, 1, 0}}}}}, (const Group[]){{SIZE_key, 0, 0, 0, 0, 0, back_4_key}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_a_100, 2, (const short[]){Q_scaled_d_scaled_S, Q_v_S}, 2, (const Loop[]){{SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_value, 0, 0, 0, 0, 0, back_5_value}}},
    {1, 1, (const Reduction[]){{SUM_OF, Q_d_dot_s, 1, (const short[]){Q_a_58}, 0, 0}}, (const Group[]){{SIZE_value, 0, 1, 1, (const Product[]){{6, 5, -1, 0, 1, (const short[]){Q_d_a_beta}}}, (const short[]){Q_a_89_}, back_6_value}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_a_63, 2, (const short[]){Q_d_dot_s, Q_k}, 1, (const Loop[]){{SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_64, 2, (const short[]){Q_d_dot_s, Q_k}, 1, (const Loop[]){{SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_key, 0, 0, 0, 0, 0, back_7_key}}},
    {0, 1, 0, (const Group[]){{SIZE_value, 0, 1, 1, (const Product[]){{5, 6, -1, 0, 2, (const short[]){Q_d_q, Q_d_k}}}, (const short[]){Q_a_88_}, back_8_value}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{7, 7, -1, 0, 2, (const short[]){Q_d_a_u, Q_d_a_z}}}, (const short[]){Q_d_x_}, back_9_inputs}}},
};

static const char *const sizes[] = {
    "value",
    "key",
    "value*key",
};

const Cell derive_cell = {
    .name = "longhorn",
    .quantities = 65,
    .forward_quantities = 27,
    .states = 2,
    .inputs = 1,
    .axes = 7,
    .tensors = 6,
    .constants = 0,
    .packs = 8,
    .buffers = 8,
    .fixed = 1,
    .biases = 1,
    .early = 1,
    .outers = 4,
    .totals = 2,
    .sums = 2,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 0,
    .forward_stages = 6,
    .backward_stages = 9,
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
