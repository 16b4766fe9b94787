/* Of hawk.py as it was written, SHA-256 28757d852c87928820eb527623fb048c5781954708c4adb713e28a4b27a029b2 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Hawk's recurrent block. One time step:
 *
 *       yₜ = GELU(W_iy xₜ + b_iy)
 *       uₜ = W_iu xₜ + b_iu
 *       vₜ = w_0 ⊙ uₜ + w_1 ⊙ u_1ₜ₋₁ + w_2 ⊙ u_2ₜ₋₁ + w_3 ⊙ u_3ₜ₋₁ + b
 *       rₜ = σ(W_vr vₜ + b_vr)
 *       iₜ = σ(W_vi vₜ + b_vi)
 *       kₜ = −c softplus(ν) ⊙ rₜ
 *       sₜ = exp(kₜ) ⊙ sₜ₋₁ + sqrt(1 − exp(2 kₜ)) ⊙ iₜ ⊙ vₜ
 *       oₜ = yₜ ⊙ sₜ
 *       hₜ = W_oh oₜ + b_oh
 *     u_3ₜ = u_2ₜ₋₁
 *     u_2ₜ = u_1ₜ₋₁
 *     u_1ₜ = uₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_y_,
    Q_u_,
    Q_a_r_,
    Q_a_i_,
    Q_h_,
    Q_x,
    Q_s_prev,
    Q_u_1_prev,
    Q_u_2_prev,
    Q_u_3_prev,
    Q_h,
    Q_s,
    Q_u_1,
    Q_u_2,
    Q_u_3,
    Q_a_y,
    Q_u,
    Q_y,
    Q_v,
    Q_r,
    Q_i,
    Q_exp_k,
    Q_exp_s,
    Q_root_s,
    Q_o,
    Q_w_0,
    Q_w_1,
    Q_w_2,
    Q_w_3,
    Q_b,
    Q_nu,
    Q_c,
    Q_softplus_nu,
    Q_d_h_later,
    Q_d_y2,
    Q_d_s_later,
    Q_d_u_1_later,
    Q_d_u_2_later,
    Q_d_u_3_later,
    Q_d_o_,
    Q_a_101_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_s_prev,
    Q_d_u_1_prev,
    Q_d_u_2_prev,
    Q_d_u_3_prev,
    Q_d_x,
    Q_d_a_y,
    Q_d_u,
    Q_d_a_r,
    Q_d_a_i,
    Q_d_h,
    Q_d_s_next,
    Q_d_u_1,
    Q_d_u_2,
    Q_d_u_3,
    Q_d_s,
    Q_d_bias_oh,
    Q_d_bias_ih_0,
    Q_d_bias_vh_0,
    Q_d_bias_vh_1,
    Q_d_nu,
    Q_d_bias_ih_1,
    Q_d_w_0,
    Q_d_w_1,
    Q_d_w_2,
    Q_d_w_3,
    Q_d_b
};

enum { SIZE_heads = NAMED };

static const Quantity quantities[] = {
    [Q_a_y_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_y_},
    [Q_u_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_y_},
    [Q_a_r_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_r_},
    [Q_a_i_] = {LOCAL, HIDDEN_SIZE, 0, 1, 1, Q_a_r_},
    [Q_h_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_s_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_s_prev},
    [Q_u_1_prev] = {BEFORE, HIDDEN_SIZE, 0, 2, 0, Q_u_1_prev},
    [Q_u_2_prev] = {BEFORE, HIDDEN_SIZE, 0, 3, 0, Q_u_2_prev},
    [Q_u_3_prev] = {BEFORE, HIDDEN_SIZE, 0, 4, 0, Q_u_3_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_s] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_s},
    [Q_u_1] = {AFTER, HIDDEN_SIZE, 0, 2, 0, Q_u_1},
    [Q_u_2] = {AFTER, HIDDEN_SIZE, 0, 3, 0, Q_u_2},
    [Q_u_3] = {AFTER, HIDDEN_SIZE, 0, 4, 0, Q_u_3},
    [Q_a_y] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_a_y},
    [Q_u] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_a_y},
    [Q_y] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_a_y},
    [Q_v] = {ROW, HIDDEN_SIZE, 1, 5, 0, Q_v},
    [Q_r] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_a_y},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_a_y},
    [Q_exp_k] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_a_y},
    [Q_exp_s] = {PANEL, HIDDEN_SIZE, 1, 6, 0, Q_a_y},
    [Q_root_s] = {PANEL, HIDDEN_SIZE, 1, 7, 0, Q_a_y},
    [Q_o] = {ROW, HIDDEN_SIZE, 1, 6, 0, Q_o},
    [Q_w_0] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_w_0},
    [Q_w_1] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_w_1},
    [Q_w_2] = {FIXED, HIDDEN_SIZE, 0, 2, 0, Q_w_2},
    [Q_w_3] = {FIXED, HIDDEN_SIZE, 0, 3, 0, Q_w_3},
    [Q_b] = {FIXED, HIDDEN_SIZE, 0, 4, 0, Q_b},
    [Q_nu] = {FIXED, HIDDEN_SIZE, 0, 5, 0, Q_nu},
    [Q_c] = {FIXED, ONE, 0, 6, 0, Q_c},
    [Q_softplus_nu] = {FIXED, HIDDEN_SIZE, 0, 7, 0, Q_softplus_nu},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y2] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y2},
    [Q_d_s_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_s_later},
    [Q_d_u_1_later] = {LATER, HIDDEN_SIZE, 0, 2, 0, Q_d_u_1_later},
    [Q_d_u_2_later] = {LATER, HIDDEN_SIZE, 0, 3, 0, Q_d_u_2_later},
    [Q_d_u_3_later] = {LATER, HIDDEN_SIZE, 0, 4, 0, Q_d_u_3_later},
    [Q_d_o_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_d_o_},
    [Q_a_101_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_a_101_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_s_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_s_prev},
    [Q_d_u_1_prev] = {EARLIER, HIDDEN_SIZE, 0, 2, 0, Q_d_u_1_prev},
    [Q_d_u_2_prev] = {EARLIER, HIDDEN_SIZE, 0, 3, 0, Q_d_u_2_prev},
    [Q_d_u_3_prev] = {EARLIER, HIDDEN_SIZE, 0, 4, 0, Q_d_u_3_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_y] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_y},
    [Q_d_u] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_u},
    [Q_d_a_r] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_r},
    [Q_d_a_i] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_i},
    [Q_d_h] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_d_h},
    [Q_d_s_next] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_s_next},
    [Q_d_u_1] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_d_s_next},
    [Q_d_u_2] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_d_s_next},
    [Q_d_u_3] = {PANEL, HIDDEN_SIZE, 0, 3, 0, Q_d_s_next},
    [Q_d_s] = {PANEL, HIDDEN_SIZE, 0, 4, 0, Q_d_s_next},
    [Q_d_bias_oh] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_oh},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_0},
    [Q_d_bias_vh_0] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_vh_0},
    [Q_d_bias_vh_1] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_vh_1},
    [Q_d_nu] = {SUM, HIDDEN_SIZE, 0, 4, 0, Q_d_nu},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 5, 0, Q_d_bias_ih_1},
    [Q_d_w_0] = {SUM, HIDDEN_SIZE, 0, 6, 0, Q_d_w_0},
    [Q_d_w_1] = {SUM, HIDDEN_SIZE, 0, 7, 0, Q_d_w_1},
    [Q_d_w_2] = {SUM, HIDDEN_SIZE, 0, 8, 0, Q_d_w_2},
    [Q_d_w_3] = {SUM, HIDDEN_SIZE, 0, 9, 0, Q_d_w_3},
    [Q_d_b] = {SUM, HIDDEN_SIZE, 0, 10, 0, Q_d_b},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec nu = fixed(Q_nu);
        for (long row = 0; row < rows; row++) {
            const vec softplus_nu = vsoftplus(nu);
            put(Q_softplus_nu, softplus_nu);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec w_0 = fixed(Q_w_0);
        const vec w_1 = fixed(Q_w_1);
        const vec w_2 = fixed(Q_w_2);
        const vec w_3 = fixed(Q_w_3);
        const vec b = fixed(Q_b);
        for (long row = 0; row < rows; row++) {
            const vec u_1_prev = get(Q_u_1_prev);
            const vec u_2_prev = get(Q_u_2_prev);
            const vec u_3_prev = get(Q_u_3_prev);
            const vec a_y = get(Q_a_y_);
            const vec u = get(Q_u_);
            const vec y = R(0.5) * a_y * (R(1) + verf(R(0.5) * a_y * R(1.4142135623730951)));
            const vec u_1 = u;
            const vec v = w_0 * u + w_1 * u_1_prev + w_2 * u_2_prev + w_3 * u_3_prev + b;
            const vec u_3 = u_2_prev;
            const vec u_2 = u_1_prev;
            put(Q_y, y);
            put(Q_u_1, u_1);
            put(Q_v, v);
            put(Q_u_3, u_3);
            put(Q_u_2, u_2);
            if (keep) {
                put(Q_a_y, a_y);
                put(Q_u, u);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec c = fixed(Q_c);
        const vec softplus_nu = fixed(Q_softplus_nu);
        for (long row = 0; row < rows; row++) {
            const vec s_prev = get(Q_s_prev);
            const vec v = get(Q_v);
            const vec y = get(Q_y);
            const vec a_r = get(Q_a_r_);
            const vec a_i = get(Q_a_i_);
            const vec r = vsigmoid(a_r);
            const vec i = vsigmoid(a_i);
            const vec k = -c * softplus_nu * r;
            const vec exp_k = vexp(k);
            const vec exp_s = vexp(R(2) * k);
            const vec root_s = square_root(-vexpm1(R(2) * k));
            const vec s = exp_k * s_prev + root_s * i * v;
            const vec o = y * s;
            put(Q_s, s);
            put(Q_o, o);
            if (keep) {
                put(Q_r, r);
                put(Q_i, i);
                put(Q_exp_k, exp_k);
                put(Q_exp_s, exp_s);
                put(Q_root_s, root_s);
            }
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of units. */
static void step_3(const At *restrict at, long first, long end, long rows, int keep)
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
        vec d_bias_oh = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y2 = get(Q_d_y2);
            const vec d_h = d_h_later + d_y2;
            const vec d_s_next = get(Q_d_s_later);
            const vec d_u_1 = get(Q_d_u_1_later);
            const vec d_u_2 = get(Q_d_u_2_later);
            const vec d_u_3 = get(Q_d_u_3_later);
            const vec d_h_prev = splat(R(0));
            d_bias_oh += d_h;
            put(Q_d_h, d_h);
            put(Q_d_s_next, d_s_next);
            put(Q_d_u_1, d_u_1);
            put(Q_d_u_2, d_u_2);
            put(Q_d_u_3, d_u_3);
            put(Q_d_h_prev, d_h_prev);
        }
        add(Q_d_bias_oh, d_bias_oh);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec c = fixed(Q_c);
        const vec softplus_nu = fixed(Q_softplus_nu);
        const vec nu = fixed(Q_nu);
        vec d_bias_ih_0 = splat(0);
        vec d_bias_vh_0 = splat(0);
        vec d_bias_vh_1 = splat(0);
        vec d_nu = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_s_next = get(Q_d_s_next);
            const vec y = get(Q_y);
            const vec r = get(Q_r);
            const vec s_prev = get(Q_s_prev);
            const vec exp_k = get(Q_exp_k);
            const vec i = get(Q_i);
            const vec v = get(Q_v);
            const vec exp_s = get(Q_exp_s);
            const vec root_s = get(Q_root_s);
            const vec s = get(Q_s);
            const vec a_y = get(Q_a_y);
            const vec d_o = get(Q_d_o_);
            const vec d_s = d_s_next + d_o * y;
            const vec scaled_d_k = c * r * d_s * (s_prev * exp_k + where(root_s != splat(R(0)), -i * v * exp_s / root_s, splat(R(0))));
            const vec d_softplus_nu = -scaled_d_k;
            const vec d_a_i = i * (R(1) - i) * d_s * root_s * v;
            const vec d_a_r = -(R(1) - r) * scaled_d_k * softplus_nu;
            const vec d_y = d_o * s;
            const vec d_a_y = d_y * (R(0.5) * (R(1) + verf(a_y / R(1.4142135623730951))) + a_y * vexp(-R(0.5) * power(a_y, 2)) / R(2.5066282746310007));
            const vec d_s_prev = d_s * exp_k;
            d_bias_ih_0 += d_a_y;
            d_bias_vh_0 += d_a_r;
            d_bias_vh_1 += d_a_i;
            d_nu += d_softplus_nu * vsigmoid(nu);
            put(Q_d_s, d_s);
            put(Q_d_a_i, d_a_i);
            put(Q_d_a_r, d_a_r);
            put(Q_d_a_y, d_a_y);
            put(Q_d_s_prev, d_s_prev);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_vh_0, d_bias_vh_0);
        add(Q_d_bias_vh_1, d_bias_vh_1);
        add(Q_d_nu, d_nu);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec w_0 = fixed(Q_w_0);
        const vec w_1 = fixed(Q_w_1);
        const vec w_2 = fixed(Q_w_2);
        const vec w_3 = fixed(Q_w_3);
        vec d_bias_ih_1 = splat(0);
        vec d_w_0 = splat(0);
        vec d_w_1 = splat(0);
        vec d_w_2 = splat(0);
        vec d_w_3 = splat(0);
        vec d_b = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec i = get(Q_i);
            const vec d_s = get(Q_d_s);
            const vec root_s = get(Q_root_s);
            const vec a_101_ = get(Q_a_101_);
            const vec d_u_1 = get(Q_d_u_1);
            const vec d_u_2 = get(Q_d_u_2);
            const vec d_u_3 = get(Q_d_u_3);
            const vec u = get(Q_u);
            const vec u_1_prev = get(Q_u_1_prev);
            const vec u_2_prev = get(Q_u_2_prev);
            const vec u_3_prev = get(Q_u_3_prev);
            const vec d_v = i * d_s * root_s + a_101_;
            const vec d_u = d_v * w_0 + d_u_1;
            const vec d_u_1_prev = d_v * w_1 + d_u_2;
            const vec d_u_2_prev = d_v * w_2 + d_u_3;
            const vec d_u_3_prev = d_v * w_3;
            d_bias_ih_1 += d_u;
            d_w_0 += d_v * u;
            d_w_1 += d_v * u_1_prev;
            d_w_2 += d_v * u_2_prev;
            d_w_3 += d_v * u_3_prev;
            d_b += d_v;
            put(Q_d_u, d_u);
            put(Q_d_u_1_prev, d_u_1_prev);
            put(Q_d_u_2_prev, d_u_2_prev);
            put(Q_d_u_3_prev, d_u_3_prev);
        }
        add(Q_d_bias_ih_1, d_bias_ih_1);
        add(Q_d_w_0, d_w_0);
        add(Q_d_w_1, d_w_1);
        add(Q_d_w_2, d_w_2);
        add(Q_d_w_3, d_w_3);
        add(Q_d_b, d_b);
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of inputs. */
static void back_4_inputs(const At *restrict at, long first, long end, long rows, int keep)
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
    {HIDDEN_SIZE, 0},
    {HIDDEN_SIZE, 0},
    {HIDDEN_SIZE, 0},
    {HIDDEN_SIZE, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 2, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 2, 0, 0},
    {"weight_vh", HIDDEN_SIZE, HIDDEN_SIZE, SIZE_heads, 2, 0, 0},
    {"bias_vh", HIDDEN_SIZE, ONE, ONE, 2, 0, 0},
    {"weight_oh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"bias_oh", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"w_0", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"w_1", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"w_2", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"w_3", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"b", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"nu", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    "c",
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 2, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {4, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {4, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 2, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 2, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 2},
    {HIDDEN_SIZE, 0, 2},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, HIDDEN_SIZE, 6, 0},
    {OF_TENSOR, HIDDEN_SIZE, 7, 0},
    {OF_TENSOR, HIDDEN_SIZE, 8, 0},
    {OF_TENSOR, HIDDEN_SIZE, 9, 0},
    {OF_TENSOR, HIDDEN_SIZE, 10, 0},
    {OF_TENSOR, HIDDEN_SIZE, 11, 0},
    {OF_CONSTANT, ONE, 0, 0},
    {COMPUTED, HIDDEN_SIZE, 0, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 2, 1, (const Summand[]){{1, 0}}},
    {HIDDEN_SIZE, 2, 1, (const Summand[]){{3, 0}}},
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{5, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_y, Q_x}}},
    {2, 0, 2, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_r, Q_v}}},
    {4, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_h, Q_o}}},
};

static const Total totals[] = {
    {1, 0, 1, HIDDEN_SIZE, 0, 0},
    {1, 1, 5, HIDDEN_SIZE, 0, 0},
    {3, 0, 2, HIDDEN_SIZE, 0, 0},
    {3, 1, 3, HIDDEN_SIZE, 0, 0},
    {5, 0, 0, HIDDEN_SIZE, 0, 0},
    {6, 0, 6, HIDDEN_SIZE, 0, 0},
    {7, 0, 7, HIDDEN_SIZE, 0, 0},
    {8, 0, 8, HIDDEN_SIZE, 0, 0},
    {9, 0, 9, HIDDEN_SIZE, 0, 0},
    {10, 0, 10, HIDDEN_SIZE, 0, 0},
    {11, 0, 4, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {HIDDEN_SIZE, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 1, 0, (const short[]){Q_a_y_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 1, 1, 0, 1, (const short[]){Q_v}}}, (const short[]){Q_a_r_}, step_2}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 2, 2, 0, 1, (const short[]){Q_o}}}, (const short[]){Q_h_}, step_3}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_d_h}}}, (const short[]){Q_d_o_}, back_2}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 2, (const short[]){Q_d_a_r, Q_d_a_i}}}, (const short[]){Q_a_101_}, back_3}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{5, 5, -1, 0, 2, (const short[]){Q_d_a_y, Q_d_u}}}, (const short[]){Q_d_x_}, back_4_inputs}}},
};

static const char *const sizes[] = {
    "heads",
};

const Cell derive_cell = {
    .name = "hawk",
    .quantities = 69,
    .forward_quantities = 33,
    .states = 5,
    .inputs = 1,
    .axes = 5,
    .tensors = 12,
    .constants = 1,
    .packs = 6,
    .buffers = 6,
    .fixed = 8,
    .biases = 3,
    .early = 1,
    .outers = 3,
    .totals = 11,
    .sums = 11,
    .reads_input = 0,
    .waits = 0,
    .parameter_groups = 1,
    .forward_stages = 3,
    .backward_stages = 4,
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
