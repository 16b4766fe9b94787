/* Of mamba2.py as it was written, SHA-256 e4a67b81e14ec1bc8460456f3dfa308434c936168131d84a24f1ebb1e8fc0b56 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Mamba-2. One time step:
 *
 *     uₜ = SiLU(W_iu xₜ)
 *     zₜ = SiLU(W_iz xₜ)
 *     Bₜ = SiLU(W_iB xₜ)
 *     Cₜ = SiLU(W_iC xₜ)
 *     sₜ = softplus(W_is xₜ + b_is)
 *     aₜ = exp(−exp(a_log) ⊙ sₜ)
 *     Sₜ = aₜ Sₜ₋₁ + sₜ uₜ Bₜᵀ
 *     yₜ = zₜ ⊙ (Sₜ Cₜ + D uₜ)
 *     hₜ = W_yh yₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_u_,
    Q_a_z_,
    Q_a_B_,
    Q_a_C_,
    Q_a_s_,
    Q_h_,
    Q_x,
    Q_S_prev,
    Q_h,
    Q_S,
    Q_a_u,
    Q_a_z,
    Q_u,
    Q_z,
    Q_a_B,
    Q_a_C,
    Q_B,
    Q_C,
    Q_a_s,
    Q_s,
    Q_a,
    Q_scaled_y,
    Q_scaled_S,
    Q_scaled_S2,
    Q_read_S_C,
    Q_y,
    Q_a_log,
    Q_D,
    Q_exp_a_log,
    Q_d_h_later,
    Q_d_y2,
    Q_d_S_later,
    Q_d_y_,
    Q_a_91_,
    Q_d_h_prev,
    Q_d_S_prev,
    Q_d_x,
    Q_d_a_u,
    Q_d_a_z,
    Q_d_a_B,
    Q_d_a_C,
    Q_d_a_s,
    Q_d_h,
    Q_d_S_next,
    Q_sigmoid_a_C,
    Q_sigmoid_a_B,
    Q_sigmoid_a_z,
    Q_sigmoid_a_u,
    Q_factor,
    Q_scaled_u,
    Q_scaled_S3,
    Q_d_scaled_y,
    Q_d_read_S_C,
    Q_scaled_d_scaled_y,
    Q_a_55,
    Q_a_105,
    Q_a_98,
    Q_d_D_t,
    Q_d_S,
    Q_scaled_d_S3,
    Q_a_109,
    Q_scaled_d_S2,
    Q_scaled_d_S,
    Q_a_111,
    Q_a_103,
    Q_a_100,
    Q_d_D,
    Q_d_bias_i_heads,
    Q_d_a_log
};

enum { SIZE_heads = NAMED, SIZE_heads_value, SIZE_key, SIZE_heads_value_key, SIZE_value };

static const Quantity quantities[] = {
    [Q_a_u_] = {EARLY, SIZE_heads_value, 0, 0, 0, Q_a_u_},
    [Q_a_z_] = {EARLY, SIZE_heads_value, 0, 0, 1, Q_a_u_},
    [Q_a_B_] = {EARLY, SIZE_key, 0, 1, 0, Q_a_B_},
    [Q_a_C_] = {EARLY, SIZE_key, 0, 1, 1, Q_a_B_},
    [Q_a_s_] = {EARLY, SIZE_heads, 0, 2, 0, Q_a_s_},
    [Q_h_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_S_prev] = {BEFORE, SIZE_heads_value_key, 0, 1, 0, Q_S_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_S] = {AFTER, SIZE_heads_value_key, 0, 1, 0, Q_S},
    [Q_a_u] = {PANEL, SIZE_heads_value, 1, 0, 0, Q_a_u},
    [Q_a_z] = {PANEL, SIZE_heads_value, 1, 1, 0, Q_a_u},
    [Q_u] = {ROW, SIZE_heads_value, 1, 2, 0, Q_u},
    [Q_z] = {PANEL, SIZE_heads_value, 1, 2, 0, Q_a_u},
    [Q_a_B] = {PANEL, SIZE_key, 1, 0, 0, Q_a_B},
    [Q_a_C] = {PANEL, SIZE_key, 1, 1, 0, Q_a_B},
    [Q_B] = {ROW, SIZE_key, 1, 2, 0, Q_B},
    [Q_C] = {ROW, SIZE_key, 1, 3, 0, Q_C},
    [Q_a_s] = {PANEL, SIZE_heads, 1, 0, 0, Q_a_s},
    [Q_s] = {ROW, SIZE_heads, 1, 1, 0, Q_s},
    [Q_a] = {ROW, SIZE_heads, 1, 2, 0, Q_a},
    [Q_scaled_y] = {ROW, SIZE_heads_value, 1, 3, 0, Q_scaled_y},
    [Q_scaled_S] = {ROW, SIZE_heads_value_key, 0, 0, 0, Q_scaled_S},
    [Q_scaled_S2] = {ROW, SIZE_heads_value_key, 0, 1, 0, Q_scaled_S2},
    [Q_read_S_C] = {ROW, SIZE_heads_value, 1, 4, 0, Q_read_S_C},
    [Q_y] = {ROW, SIZE_heads_value, 1, 5, 0, Q_y},
    [Q_a_log] = {FIXED, SIZE_heads, 0, 0, 0, Q_a_log},
    [Q_D] = {FIXED, SIZE_heads, 0, 1, 0, Q_D},
    [Q_exp_a_log] = {FIXED, SIZE_heads, 0, 2, 0, Q_exp_a_log},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y2] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y2},
    [Q_d_S_later] = {LATER, SIZE_heads_value_key, 0, 1, 0, Q_d_S_later},
    [Q_d_y_] = {LOCAL, SIZE_heads_value, 0, 4, 0, Q_d_y_},
    [Q_a_91_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_a_91_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_S_prev] = {EARLIER, SIZE_heads_value_key, 0, 1, 0, Q_d_S_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_u] = {ROW, SIZE_heads_value, 1, 0, 0, Q_d_a_u},
    [Q_d_a_z] = {ROW, SIZE_heads_value, 1, 1, 0, Q_d_a_z},
    [Q_d_a_B] = {ROW, SIZE_key, 1, 0, 0, Q_d_a_B},
    [Q_d_a_C] = {ROW, SIZE_key, 1, 1, 0, Q_d_a_C},
    [Q_d_a_s] = {ROW, SIZE_heads, 1, 0, 0, Q_d_a_s},
    [Q_d_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_h},
    [Q_d_S_next] = {PANEL, SIZE_heads_value_key, 0, 0, 0, Q_d_S_next},
    [Q_sigmoid_a_C] = {ROW, SIZE_key, 0, 0, 0, Q_sigmoid_a_C},
    [Q_sigmoid_a_B] = {ROW, SIZE_key, 0, 1, 0, Q_sigmoid_a_B},
    [Q_sigmoid_a_z] = {PANEL, SIZE_heads_value, 0, 0, 0, Q_sigmoid_a_z},
    [Q_sigmoid_a_u] = {ROW, SIZE_heads_value, 0, 0, 0, Q_sigmoid_a_u},
    [Q_factor] = {ROW, SIZE_heads, 0, 0, 0, Q_factor},
    [Q_scaled_u] = {ROW, SIZE_heads_value, 0, 1, 0, Q_scaled_u},
    [Q_scaled_S3] = {ROW, SIZE_heads_value_key, 0, 2, 0, Q_scaled_S3},
    [Q_d_scaled_y] = {ROW, SIZE_heads_value, 0, 2, 0, Q_d_scaled_y},
    [Q_d_read_S_C] = {ROW, SIZE_heads_value, 0, 3, 0, Q_d_read_S_C},
    [Q_scaled_d_scaled_y] = {ROW, SIZE_heads_value, 0, 4, 0, Q_scaled_d_scaled_y},
    [Q_a_55] = {ROW, SIZE_heads_value_key, 0, 3, 0, Q_a_55},
    [Q_a_105] = {ROW, SIZE_key, 0, 2, 0, Q_a_105},
    [Q_a_98] = {ROW, SIZE_heads_value, 0, 5, 0, Q_a_98},
    [Q_d_D_t] = {ROW, SIZE_heads, 0, 1, 0, Q_d_D_t},
    [Q_d_S] = {ROW, SIZE_heads_value_key, 0, 4, 0, Q_d_S},
    [Q_scaled_d_S3] = {ROW, SIZE_heads_value_key, 0, 5, 0, Q_scaled_d_S3},
    [Q_a_109] = {ROW, SIZE_heads, 0, 2, 0, Q_a_109},
    [Q_scaled_d_S2] = {ROW, SIZE_heads_value_key, 0, 6, 0, Q_scaled_d_S2},
    [Q_scaled_d_S] = {ROW, SIZE_heads_value_key, 0, 7, 0, Q_scaled_d_S},
    [Q_a_111] = {ROW, SIZE_heads, 0, 3, 0, Q_a_111},
    [Q_a_103] = {ROW, SIZE_key, 0, 3, 0, Q_a_103},
    [Q_a_100] = {ROW, SIZE_heads_value, 0, 6, 0, Q_a_100},
    [Q_d_D] = {SUM, SIZE_heads, 0, 0, 0, Q_d_D},
    [Q_d_bias_i_heads] = {SUM, SIZE_heads, 0, 1, 0, Q_d_bias_i_heads},
    [Q_d_a_log] = {SUM, SIZE_heads, 0, 2, 0, Q_d_a_log},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec a_log = fixed(Q_a_log);
        for (long row = 0; row < rows; row++) {
            const vec exp_a_log = vrate(a_log);
            put(Q_exp_a_log, exp_a_log);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of heads by value. */
static void step_1_heads_value(const At *restrict at, long first, long end, long rows, int keep)
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

/* Stage 1 of a time step, panels of key. */
static void step_1_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_B = get(Q_a_B_);
            const vec a_C = get(Q_a_C_);
            const vec B = a_B / (R(1) + vexp(-magnitude(a_B))) * vexp(R(0.5) * a_B - R(0.5) * magnitude(a_B));
            const vec C = a_C / (R(1) + vexp(-magnitude(a_C))) * vexp(R(0.5) * a_C - R(0.5) * magnitude(a_C));
            put(Q_B, B);
            put(Q_C, C);
            if (keep) {
                put(Q_a_B, a_B);
                put(Q_a_C, a_C);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of heads. */
static void step_1_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec exp_a_log = fixed(Q_exp_a_log);
        for (long row = 0; row < rows; row++) {
            const vec a_s = get(Q_a_s_);
            const vec s = vsoftplus(a_s);
            const vec a = vexp(-exp_a_log * s);
            put(Q_s, s);
            put(Q_a, a);
            if (keep) {
                put(Q_a_s, a_s);
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
            const vec scaled_S = get(Q_scaled_S);
            const vec scaled_S2 = get(Q_scaled_S2);
            const vec S = scaled_S + scaled_S2;
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
            const vec z = get(Q_z);
            const vec read_S_C = get(Q_read_S_C);
            const vec scaled_y = get(Q_scaled_y);
            const vec y = z * (read_S_C + scaled_y);
            put(Q_y, y);
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
            const vec d_y2 = get(Q_d_y2);
            const vec d_h = d_h_later + d_y2;
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
            const vec d_S_next = get(Q_d_S_later);
            put(Q_d_S_next, d_S_next);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of key. */
static void back_1_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_C = get(Q_a_C);
            const vec a_B = get(Q_a_B);
            const vec sigmoid_a_C = vsigmoid(a_C);
            const vec sigmoid_a_B = vsigmoid(a_B);
            put(Q_sigmoid_a_C, sigmoid_a_C);
            put(Q_sigmoid_a_B, sigmoid_a_B);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by value. */
static void back_1_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_z = get(Q_a_z);
            const vec a_u = get(Q_a_u);
            const vec sigmoid_a_z = vsigmoid(a_z);
            const vec sigmoid_a_u = vsigmoid(a_u);
            put(Q_sigmoid_a_z, sigmoid_a_z);
            put(Q_sigmoid_a_u, sigmoid_a_u);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads. */
static void back_1_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_s = get(Q_a_s);
            const vec factor = vsigmoid(a_s);
            put(Q_factor, factor);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of heads by value. */
static void back_2_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec z = get(Q_z);
            const vec sigmoid_a_z = get(Q_sigmoid_a_z);
            const vec read_S_C = get(Q_read_S_C);
            const vec scaled_y = get(Q_scaled_y);
            const vec a_z = get(Q_a_z);
            const vec sigmoid_a_u = get(Q_sigmoid_a_u);
            const vec d_y = get(Q_d_y_);
            const vec d_scaled_y = d_y * z;
            const vec d_read_S_C = d_y * z;
            const vec d_a_z = (sigmoid_a_z * d_y * (read_S_C + scaled_y)) * (R(1) + a_z * (R(1) - sigmoid_a_z));
            const vec scaled_d_scaled_y = sigmoid_a_u * d_scaled_y;
            put(Q_d_scaled_y, d_scaled_y);
            put(Q_d_read_S_C, d_read_S_C);
            put(Q_d_a_z, d_a_z);
            put(Q_scaled_d_scaled_y, scaled_d_scaled_y);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of heads by value by key. */
static void back_3_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_S_next = get(Q_d_S_next);
            const vec a_55 = get(Q_a_55);
            const vec d_S = d_S_next + a_55;
            put(Q_d_S, d_S);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of key. */
static void back_3_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_105 = get(Q_a_105);
            const vec a_C = get(Q_a_C);
            const vec sigmoid_a_C = get(Q_sigmoid_a_C);
            const vec d_a_C = a_105 * (R(1) + a_C * (R(1) - sigmoid_a_C));
            put(Q_d_a_C, d_a_C);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of heads. */
static void back_3_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_D = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_D_t = get(Q_d_D_t);
            d_D += d_D_t;
        }
        add(Q_d_D, d_D);
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads. */
static void back_5_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec exp_a_log = fixed(Q_exp_a_log);
        vec d_bias_i_heads = splat(0);
        vec d_a_log = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec s = get(Q_s);
            const vec a_109 = get(Q_a_109);
            const vec factor = get(Q_factor);
            const vec d_a_a = get(Q_a_111);
            const vec d_exp_a_log = -d_a_a * s;
            const vec d_a_s = a_109 - factor * d_a_a * exp_a_log;
            d_bias_i_heads += d_a_s;
            d_a_log += d_exp_a_log * exp_a_log;
            put(Q_d_a_s, d_a_s);
        }
        add(Q_d_bias_i_heads, d_bias_i_heads);
        add(Q_d_a_log, d_a_log);
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of key. */
static void back_5_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_103 = get(Q_a_103);
            const vec a_B = get(Q_a_B);
            const vec sigmoid_a_B = get(Q_sigmoid_a_B);
            const vec d_a_B = a_103 * (R(1) + a_B * (R(1) - sigmoid_a_B));
            put(Q_d_a_B, d_a_B);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by value. */
static void back_5_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_100 = get(Q_a_100);
            const vec a_98 = get(Q_a_98);
            const vec a_u = get(Q_a_u);
            const vec sigmoid_a_u = get(Q_sigmoid_a_u);
            const vec scaled_d_u = a_100 + a_98;
            const vec d_a_u = scaled_d_u * (R(1) + a_u * (R(1) - sigmoid_a_u));
            put(Q_d_a_u, d_a_u);
        }
    }
    (void)keep;
}

/* Stage 6 of a time step backwards, panels of inputs. */
static void back_6_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_x = get(Q_a_91_);
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
    {"weight_i_heads_value", SIZE_heads_value, INPUT_SIZE, ONE, 2, 0, 0},
    {"weight_i_key", SIZE_key, INPUT_SIZE, ONE, 2, 0, 0},
    {"weight_i_heads", SIZE_heads, INPUT_SIZE, ONE, 1, 0, 0},
    {"bias_i_heads", SIZE_heads, ONE, ONE, 1, 0, 0},
    {"weight_yh", HIDDEN_SIZE, SIZE_heads_value, ONE, 1, 0, 0},
    {"a_log", SIZE_heads, ONE, ONE, 1, 0, 0},
    {"D", SIZE_heads, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, SIZE_heads_value, INPUT_SIZE},
    {1, 0, 2, 0, 0, SIZE_key, INPUT_SIZE},
    {2, 0, 1, 0, 0, SIZE_heads, INPUT_SIZE},
    {4, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_heads_value},
    {4, 0, 1, 1, 0, SIZE_heads_value, HIDDEN_SIZE},
    {0, 0, 2, 1, 0, INPUT_SIZE, SIZE_heads_value},
    {1, 0, 2, 1, 0, INPUT_SIZE, SIZE_key},
    {2, 0, 1, 1, 0, INPUT_SIZE, SIZE_heads},
};

static const Buffer buffers[] = {
    {SIZE_heads_value, 1, 2},
    {SIZE_key, 1, 2},
    {SIZE_heads, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_heads_value, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, SIZE_heads, 5, 0},
    {OF_TENSOR, SIZE_heads, 6, 0},
    {COMPUTED, SIZE_heads, 0, 0},
};

static const Bias biases[] = {
    {SIZE_heads, 1, 1, (const Summand[]){{3, 0}}},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
    {1, 1, -1, 0, 1, (const short[]){Q_x}},
    {2, 2, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, SIZE_heads_value, INPUT_SIZE, (const Factors[]){{Q_d_a_u, Q_x}}},
    {1, 0, 2, 1, SIZE_key, INPUT_SIZE, (const Factors[]){{Q_d_a_B, Q_x}}},
    {2, 0, 1, 1, SIZE_heads, INPUT_SIZE, (const Factors[]){{Q_d_a_s, Q_x}}},
    {4, 0, 1, 1, HIDDEN_SIZE, SIZE_heads_value, (const Factors[]){{Q_d_h, Q_y}}},
};

static const Total totals[] = {
    {3, 0, 1, SIZE_heads, 0, 0},
    {5, 0, 2, SIZE_heads, 0, 0},
    {6, 0, 0, SIZE_heads, 0, 0},
};

static const Group parameter_groups[] = {
    {SIZE_heads, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {0, 3, 0, (const Group[]){{SIZE_heads_value, 0, 0, 1, 0, (const short[]){Q_a_u_}, step_1_heads_value}, {SIZE_key, 0, 0, 1, 0, (const short[]){Q_a_B_}, step_1_key}, {SIZE_heads, 0, 0, 1, 0, (const short[]){Q_a_s_}, step_1_heads}}},
    {3, 1, (const Reduction[]){{CONTRACTION, Q_scaled_y, 2, (const short[]){Q_D, Q_u}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_value, {1, 0, 1}}}}, {CONTRACTION, Q_scaled_S, 2, (const short[]){Q_a, Q_S_prev}, 3, (const Loop[]){{SIZE_heads, {3, 1, 3}}, {SIZE_value, {2, 0, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_scaled_S2, 3, (const short[]){Q_s, Q_u, Q_B}, 3, (const Loop[]){{SIZE_heads, {3, 1, 2, 0}}, {SIZE_value, {2, 0, 1, 0}}, {SIZE_key, {1, 0, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, step_2_heads_value_key}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_read_S_C, 2, (const short[]){Q_S, Q_C}, 3, (const Loop[]){{SIZE_heads, {2, 3, 0}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_3_heads_value}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_y}}}, (const short[]){Q_h_}, step_4}}},
};

static const Stage backward[] = {
    {0, 5, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_heads_value_key, 0, 0, 0, 0, 0, back_1_heads_value_key}, {SIZE_key, 0, 0, 0, 0, 0, back_1_key}, {SIZE_heads_value, 0, 0, 0, 0, 0, back_1_heads_value}, {SIZE_heads, 0, 0, 0, 0, 0, back_1_heads}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_scaled_u, 2, (const short[]){Q_factor, Q_u}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_value, {1, 0, 1}}}}, {CONTRACTION, Q_scaled_S3, 2, (const short[]){Q_sigmoid_a_C, Q_S}, 3, (const Loop[]){{SIZE_heads, {3, 0, 3}}, {SIZE_value, {2, 0, 2}}, {SIZE_key, {1, 1, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_d_h}}}, (const short[]){Q_d_y_}, back_2_heads_value}}},
    {4, 3, (const Reduction[]){{CONTRACTION, Q_a_55, 2, (const short[]){Q_d_read_S_C, Q_C}, 3, (const Loop[]){{SIZE_heads, {3, 2, 0}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_105, 2, (const short[]){Q_d_read_S_C, Q_scaled_S3}, 3, (const Loop[]){{SIZE_heads, {0, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_98, 2, (const short[]){Q_scaled_d_scaled_y, Q_D}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_value, {1, 1, 0}}}}, {CONTRACTION, Q_d_D_t, 2, (const short[]){Q_d_scaled_y, Q_u}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_value, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, back_3_heads_value_key}, {SIZE_key, 0, 0, 0, 0, 0, back_3_key}, {SIZE_heads, 0, 0, 0, 0, 0, back_3_heads}}},
    {5, 0, (const Reduction[]){{CONTRACTION, Q_scaled_d_S3, 2, (const short[]){Q_a, Q_d_S}, 3, (const Loop[]){{SIZE_heads, {3, 1, 3}}, {SIZE_value, {2, 0, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_109, 3, (const short[]){Q_d_S, Q_scaled_u, Q_B}, 3, (const Loop[]){{SIZE_heads, {1, 3, 2, 0}}, {SIZE_value, {0, 2, 1, 0}}, {SIZE_key, {0, 1, 0, 1}}}}, {CONTRACTION, Q_scaled_d_S2, 2, (const short[]){Q_sigmoid_a_B, Q_d_S}, 3, (const Loop[]){{SIZE_heads, {3, 0, 3}}, {SIZE_value, {2, 0, 2}}, {SIZE_key, {1, 1, 1}}}}, {CONTRACTION, Q_scaled_d_S, 2, (const short[]){Q_sigmoid_a_u, Q_d_S}, 3, (const Loop[]){{SIZE_heads, {3, 2, 3}}, {SIZE_value, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_d_S_prev, 2, (const short[]){Q_d_S, Q_a}, 3, (const Loop[]){{SIZE_heads, {3, 3, 1}}, {SIZE_value, {2, 2, 0}}, {SIZE_key, {1, 1, 0}}}}}, 0},
    {3, 3, (const Reduction[]){{CONTRACTION, Q_a_111, 2, (const short[]){Q_scaled_d_S3, Q_S_prev}, 3, (const Loop[]){{SIZE_heads, {1, 3, 3}}, {SIZE_value, {0, 2, 2}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_a_103, 3, (const short[]){Q_scaled_d_S2, Q_s, Q_u}, 3, (const Loop[]){{SIZE_heads, {0, 3, 1, 2}}, {SIZE_value, {0, 2, 0, 1}}, {SIZE_key, {1, 1, 0, 0}}}}, {CONTRACTION, Q_a_100, 3, (const short[]){Q_scaled_d_S, Q_s, Q_B}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 0}}, {SIZE_value, {1, 2, 0, 0}}, {SIZE_key, {0, 1, 0, 1}}}}}, (const Group[]){{SIZE_heads, 0, 0, 0, 0, 0, back_5_heads}, {SIZE_key, 0, 0, 0, 0, 0, back_5_key}, {SIZE_heads_value, 0, 0, 0, 0, 0, back_5_heads_value}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 3, 1, (const Product[]){{5, 5, -1, 0, 2, (const short[]){Q_d_a_u, Q_d_a_z}}, {5, 6, -1, 1, 2, (const short[]){Q_d_a_B, Q_d_a_C}}, {5, 7, -1, 1, 1, (const short[]){Q_d_a_s}}}, (const short[]){Q_a_91_}, back_6_inputs}}},
};

static const char *const sizes[] = {
    "heads",
    "heads*value",
    "key",
    "heads*value*key",
    "value",
};

const Cell derive_cell = {
    .name = "mamba2",
    .quantities = 69,
    .forward_quantities = 29,
    .states = 2,
    .inputs = 1,
    .axes = 9,
    .tensors = 7,
    .constants = 0,
    .packs = 8,
    .buffers = 6,
    .fixed = 3,
    .biases = 1,
    .early = 3,
    .outers = 4,
    .totals = 3,
    .sums = 3,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 1,
    .forward_stages = 4,
    .backward_stages = 6,
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
