/* Of hgrn.py as it was written, SHA-256 c3534d321d9a31aa680a3669abed681c7ed4d26087cf89b7052ab75525a083f7 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * HGRN. One time step:
 *
 *        fₜ = γ + (1 − γ) σ(W_if xₜ + b_if)
 *     c_reₜ = SiLU(W_c_re xₜ + b_c_re)
 *     c_imₜ = SiLU(W_c_im xₜ + b_c_im)
 *     λ_reₜ = fₜ ⊙ cos(θ)
 *     λ_imₜ = fₜ ⊙ sin(θ)
 *     s_reₜ = λ_reₜ ⊙ s_reₜ₋₁ − λ_imₜ ⊙ s_imₜ₋₁ + (1 − fₜ) ⊙ c_reₜ
 *     s_imₜ = λ_reₜ ⊙ s_imₜ₋₁ + λ_imₜ ⊙ s_reₜ₋₁ + (1 − fₜ) ⊙ c_imₜ
 *     g_reₜ = SiLU(W_g_re xₜ + b_g_re)
 *     g_imₜ = SiLU(W_g_im xₜ + b_g_im)
 *        hₜ = W_o_re (g_reₜ ⊙ s_reₜ) + b_o_re + W_o_im (g_imₜ ⊙ s_imₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_f_,
    Q_a_c_re_,
    Q_a_c_im_,
    Q_a_g_re_,
    Q_a_g_im_,
    Q_a_93_,
    Q_x,
    Q_s_re_prev,
    Q_s_im_prev,
    Q_h,
    Q_s_re,
    Q_s_im,
    Q_sigmoid_a_f,
    Q_f,
    Q_a_c_re,
    Q_c_re,
    Q_a_c_im,
    Q_c_im,
    Q_lambda_re,
    Q_lambda_im,
    Q_a_g_re,
    Q_g_re,
    Q_a_g_im,
    Q_g_im,
    Q_g_re_s_re,
    Q_g_im_s_im,
    Q_theta,
    Q_gamma,
    Q_cos_theta,
    Q_sin_theta,
    Q_d_h_later,
    Q_d_y,
    Q_d_s_re_later,
    Q_d_s_im_later,
    Q_d_g_im_s_im_,
    Q_d_g_re_s_re_,
    Q_a_97_,
    Q_d_h_prev,
    Q_d_s_re_prev,
    Q_d_s_im_prev,
    Q_d_x,
    Q_d_a_f,
    Q_d_a_c_re,
    Q_d_a_c_im,
    Q_d_a_g_re,
    Q_d_a_g_im,
    Q_d_h,
    Q_d_s_re_next,
    Q_d_s_im_next,
    Q_sigmoid_a_g_im,
    Q_sigmoid_a_g_re,
    Q_sigmoid_a_c_im,
    Q_sigmoid_a_c_re,
    Q_ds_im_dc_im,
    Q_d_bias_o_re,
    Q_d_bias_i_state,
    Q_d_bias_c_re,
    Q_d_bias_c_im,
    Q_d_bias_g_re,
    Q_d_bias_g_im,
    Q_d_theta
};

enum { SIZE_state = NAMED };

static const Quantity quantities[] = {
    [Q_a_f_] = {EARLY, SIZE_state, 0, 0, 0, Q_a_f_},
    [Q_a_c_re_] = {EARLY, SIZE_state, 0, 1, 0, Q_a_c_re_},
    [Q_a_c_im_] = {EARLY, SIZE_state, 0, 2, 0, Q_a_c_im_},
    [Q_a_g_re_] = {EARLY, SIZE_state, 0, 3, 0, Q_a_g_re_},
    [Q_a_g_im_] = {EARLY, SIZE_state, 0, 4, 0, Q_a_g_im_},
    [Q_a_93_] = {LOCAL, HIDDEN_SIZE, 0, 5, 0, Q_a_93_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_s_re_prev] = {BEFORE, SIZE_state, 0, 1, 0, Q_s_re_prev},
    [Q_s_im_prev] = {BEFORE, SIZE_state, 0, 2, 0, Q_s_im_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_s_re] = {AFTER, SIZE_state, 0, 1, 0, Q_s_re},
    [Q_s_im] = {AFTER, SIZE_state, 0, 2, 0, Q_s_im},
    [Q_sigmoid_a_f] = {PANEL, SIZE_state, 1, 0, 0, Q_sigmoid_a_f},
    [Q_f] = {PANEL, SIZE_state, 1, 1, 0, Q_sigmoid_a_f},
    [Q_a_c_re] = {PANEL, SIZE_state, 1, 2, 0, Q_sigmoid_a_f},
    [Q_c_re] = {PANEL, SIZE_state, 1, 3, 0, Q_sigmoid_a_f},
    [Q_a_c_im] = {PANEL, SIZE_state, 1, 4, 0, Q_sigmoid_a_f},
    [Q_c_im] = {PANEL, SIZE_state, 1, 5, 0, Q_sigmoid_a_f},
    [Q_lambda_re] = {PANEL, SIZE_state, 1, 6, 0, Q_sigmoid_a_f},
    [Q_lambda_im] = {PANEL, SIZE_state, 1, 7, 0, Q_sigmoid_a_f},
    [Q_a_g_re] = {PANEL, SIZE_state, 1, 8, 0, Q_sigmoid_a_f},
    [Q_g_re] = {PANEL, SIZE_state, 1, 9, 0, Q_sigmoid_a_f},
    [Q_a_g_im] = {PANEL, SIZE_state, 1, 10, 0, Q_sigmoid_a_f},
    [Q_g_im] = {PANEL, SIZE_state, 1, 11, 0, Q_sigmoid_a_f},
    [Q_g_re_s_re] = {ROW, SIZE_state, 1, 5, 0, Q_g_re_s_re},
    [Q_g_im_s_im] = {ROW, SIZE_state, 1, 6, 0, Q_g_im_s_im},
    [Q_theta] = {FIXED, SIZE_state, 0, 0, 0, Q_theta},
    [Q_gamma] = {FIXED, ONE, 0, 1, 0, Q_gamma},
    [Q_cos_theta] = {FIXED, SIZE_state, 0, 2, 0, Q_cos_theta},
    [Q_sin_theta] = {FIXED, SIZE_state, 0, 3, 0, Q_sin_theta},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_s_re_later] = {LATER, SIZE_state, 0, 1, 0, Q_d_s_re_later},
    [Q_d_s_im_later] = {LATER, SIZE_state, 0, 2, 0, Q_d_s_im_later},
    [Q_d_g_im_s_im_] = {LOCAL, SIZE_state, 0, 6, 0, Q_d_g_im_s_im_},
    [Q_d_g_re_s_re_] = {LOCAL, SIZE_state, 0, 7, 0, Q_d_g_re_s_re_},
    [Q_a_97_] = {LOCAL, INPUT_SIZE, 0, 8, 0, Q_a_97_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_s_re_prev] = {EARLIER, SIZE_state, 0, 1, 0, Q_d_s_re_prev},
    [Q_d_s_im_prev] = {EARLIER, SIZE_state, 0, 2, 0, Q_d_s_im_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_f] = {ROW, SIZE_state, 1, 0, 0, Q_d_a_f},
    [Q_d_a_c_re] = {ROW, SIZE_state, 1, 1, 0, Q_d_a_c_re},
    [Q_d_a_c_im] = {ROW, SIZE_state, 1, 2, 0, Q_d_a_c_im},
    [Q_d_a_g_re] = {ROW, SIZE_state, 1, 3, 0, Q_d_a_g_re},
    [Q_d_a_g_im] = {ROW, SIZE_state, 1, 4, 0, Q_d_a_g_im},
    [Q_d_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_h},
    [Q_d_s_re_next] = {PANEL, SIZE_state, 0, 0, 0, Q_d_s_re_next},
    [Q_d_s_im_next] = {PANEL, SIZE_state, 0, 1, 0, Q_d_s_re_next},
    [Q_sigmoid_a_g_im] = {PANEL, SIZE_state, 0, 2, 0, Q_d_s_re_next},
    [Q_sigmoid_a_g_re] = {PANEL, SIZE_state, 0, 3, 0, Q_d_s_re_next},
    [Q_sigmoid_a_c_im] = {PANEL, SIZE_state, 0, 4, 0, Q_d_s_re_next},
    [Q_sigmoid_a_c_re] = {PANEL, SIZE_state, 0, 5, 0, Q_d_s_re_next},
    [Q_ds_im_dc_im] = {PANEL, SIZE_state, 0, 6, 0, Q_d_s_re_next},
    [Q_d_bias_o_re] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_o_re},
    [Q_d_bias_i_state] = {SUM, SIZE_state, 0, 1, 0, Q_d_bias_i_state},
    [Q_d_bias_c_re] = {SUM, SIZE_state, 0, 2, 0, Q_d_bias_c_re},
    [Q_d_bias_c_im] = {SUM, SIZE_state, 0, 3, 0, Q_d_bias_c_im},
    [Q_d_bias_g_re] = {SUM, SIZE_state, 0, 4, 0, Q_d_bias_g_re},
    [Q_d_bias_g_im] = {SUM, SIZE_state, 0, 5, 0, Q_d_bias_g_im},
    [Q_d_theta] = {SUM, SIZE_state, 0, 6, 0, Q_d_theta},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec theta = fixed(Q_theta);
        for (long row = 0; row < rows; row++) {
            const vec cos_theta = vcos(theta);
            const vec sin_theta = vsin(theta);
            put(Q_cos_theta, cos_theta);
            put(Q_sin_theta, sin_theta);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of state. */
static void step_1_state(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec gamma = fixed(Q_gamma);
        const vec cos_theta = fixed(Q_cos_theta);
        const vec sin_theta = fixed(Q_sin_theta);
        for (long row = 0; row < rows; row++) {
            const vec s_re_prev = get(Q_s_re_prev);
            const vec s_im_prev = get(Q_s_im_prev);
            const vec a_f = get(Q_a_f_);
            const vec sigmoid_a_f = vsigmoid(a_f);
            const vec f = gamma + (R(1) - gamma) * sigmoid_a_f;
            const vec a_c_re = get(Q_a_c_re_);
            const vec c_re = a_c_re / (R(1) + vexp(-magnitude(a_c_re))) * vexp(R(0.5) * a_c_re - R(0.5) * magnitude(a_c_re));
            const vec a_c_im = get(Q_a_c_im_);
            const vec c_im = a_c_im / (R(1) + vexp(-magnitude(a_c_im))) * vexp(R(0.5) * a_c_im - R(0.5) * magnitude(a_c_im));
            const vec lambda_re = f * cos_theta;
            const vec lambda_im = f * sin_theta;
            const vec a_g_re = get(Q_a_g_re_);
            const vec g_re = a_g_re / (R(1) + vexp(-magnitude(a_g_re))) * vexp(R(0.5) * a_g_re - R(0.5) * magnitude(a_g_re));
            const vec a_g_im = get(Q_a_g_im_);
            const vec g_im = a_g_im / (R(1) + vexp(-magnitude(a_g_im))) * vexp(R(0.5) * a_g_im - R(0.5) * magnitude(a_g_im));
            const vec s_re = lambda_re * s_re_prev - lambda_im * s_im_prev + (R(1) - f) * c_re;
            const vec s_im = lambda_re * s_im_prev + lambda_im * s_re_prev + (R(1) - f) * c_im;
            const vec g_re_s_re = g_re * s_re;
            const vec g_im_s_im = g_im * s_im;
            put(Q_s_re, s_re);
            put(Q_s_im, s_im);
            put(Q_g_re_s_re, g_re_s_re);
            put(Q_g_im_s_im, g_im_s_im);
            if (keep) {
                put(Q_sigmoid_a_f, sigmoid_a_f);
                put(Q_f, f);
                put(Q_a_c_re, a_c_re);
                put(Q_c_re, c_re);
                put(Q_a_c_im, a_c_im);
                put(Q_c_im, c_im);
                put(Q_lambda_re, lambda_re);
                put(Q_lambda_im, lambda_im);
                put(Q_a_g_re, a_g_re);
                put(Q_g_re, g_re);
                put(Q_a_g_im, a_g_im);
                put(Q_g_im, g_im);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h = get(Q_a_93_);
            put(Q_h, h);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_o_re = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec d_h = d_h_later + d_y;
            const vec d_h_prev = splat(R(0));
            d_bias_o_re += d_h;
            put(Q_d_h, d_h);
            put(Q_d_h_prev, d_h_prev);
        }
        add(Q_d_bias_o_re, d_bias_o_re);
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of state. */
static void back_1_state(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_g_im = get(Q_a_g_im);
            const vec a_g_re = get(Q_a_g_re);
            const vec a_c_im = get(Q_a_c_im);
            const vec a_c_re = get(Q_a_c_re);
            const vec f = get(Q_f);
            const vec d_s_re_next = get(Q_d_s_re_later);
            const vec d_s_im_next = get(Q_d_s_im_later);
            const vec sigmoid_a_g_im = vsigmoid(a_g_im);
            const vec sigmoid_a_g_re = vsigmoid(a_g_re);
            const vec sigmoid_a_c_im = vsigmoid(a_c_im);
            const vec sigmoid_a_c_re = vsigmoid(a_c_re);
            const vec ds_im_dc_im = R(1) - f;
            put(Q_d_s_re_next, d_s_re_next);
            put(Q_d_s_im_next, d_s_im_next);
            put(Q_sigmoid_a_g_im, sigmoid_a_g_im);
            put(Q_sigmoid_a_g_re, sigmoid_a_g_re);
            put(Q_sigmoid_a_c_im, sigmoid_a_c_im);
            put(Q_sigmoid_a_c_re, sigmoid_a_c_re);
            put(Q_ds_im_dc_im, ds_im_dc_im);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of state. */
static void back_2_state(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec cos_theta = fixed(Q_cos_theta);
        const vec sin_theta = fixed(Q_sin_theta);
        const vec gamma = fixed(Q_gamma);
        vec d_bias_i_state = splat(0);
        vec d_bias_c_re = splat(0);
        vec d_bias_c_im = splat(0);
        vec d_bias_g_re = splat(0);
        vec d_bias_g_im = splat(0);
        vec d_theta = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec sigmoid_a_g_im = get(Q_sigmoid_a_g_im);
            const vec s_im = get(Q_s_im);
            const vec a_g_im = get(Q_a_g_im);
            const vec sigmoid_a_g_re = get(Q_sigmoid_a_g_re);
            const vec s_re = get(Q_s_re);
            const vec a_g_re = get(Q_a_g_re);
            const vec d_s_im_next = get(Q_d_s_im_next);
            const vec g_im = get(Q_g_im);
            const vec d_s_re_next = get(Q_d_s_re_next);
            const vec g_re = get(Q_g_re);
            const vec s_re_prev = get(Q_s_re_prev);
            const vec s_im_prev = get(Q_s_im_prev);
            const vec f = get(Q_f);
            const vec sigmoid_a_c_im = get(Q_sigmoid_a_c_im);
            const vec ds_im_dc_im = get(Q_ds_im_dc_im);
            const vec a_c_im = get(Q_a_c_im);
            const vec sigmoid_a_c_re = get(Q_sigmoid_a_c_re);
            const vec a_c_re = get(Q_a_c_re);
            const vec c_re = get(Q_c_re);
            const vec c_im = get(Q_c_im);
            const vec sigmoid_a_f = get(Q_sigmoid_a_f);
            const vec lambda_re = get(Q_lambda_re);
            const vec lambda_im = get(Q_lambda_im);
            const vec d_g_im_s_im = get(Q_d_g_im_s_im_);
            const vec d_g_re_s_re = get(Q_d_g_re_s_re_);
            const vec d_a_g_im = (sigmoid_a_g_im * d_g_im_s_im * s_im) * (R(1) + a_g_im * (R(1) - sigmoid_a_g_im));
            const vec d_a_g_re = (sigmoid_a_g_re * d_g_re_s_re * s_re) * (R(1) + a_g_re * (R(1) - sigmoid_a_g_re));
            const vec d_s_im = d_s_im_next + d_g_im_s_im * g_im;
            const vec d_s_re = d_s_re_next + d_g_re_s_re * g_re;
            const vec d_lambda_im = d_s_im * s_re_prev - d_s_re * s_im_prev;
            const vec d_sin_theta = d_lambda_im * f;
            const vec d_lambda_re = d_s_re * s_re_prev + d_s_im * s_im_prev;
            const vec d_cos_theta = d_lambda_re * f;
            const vec d_a_c_im = (sigmoid_a_c_im * d_s_im * ds_im_dc_im) * (R(1) + a_c_im * (R(1) - sigmoid_a_c_im));
            const vec d_a_c_re = (sigmoid_a_c_re * d_s_re * ds_im_dc_im) * (R(1) + a_c_re * (R(1) - sigmoid_a_c_re));
            const vec d_f = d_lambda_re * cos_theta + d_lambda_im * sin_theta - d_s_re * c_re - d_s_im * c_im;
            const vec d_a_f = d_f * (R(1) - gamma) * sigmoid_a_f * (R(1) - sigmoid_a_f);
            const vec d_s_re_prev = d_s_re * lambda_re + d_s_im * lambda_im;
            const vec d_s_im_prev = d_s_im * lambda_re - d_s_re * lambda_im;
            d_bias_i_state += d_a_f;
            d_bias_c_re += d_a_c_re;
            d_bias_c_im += d_a_c_im;
            d_bias_g_re += d_a_g_re;
            d_bias_g_im += d_a_g_im;
            d_theta += -d_cos_theta * sin_theta;
            d_theta += d_sin_theta * cos_theta;
            put(Q_d_a_g_im, d_a_g_im);
            put(Q_d_a_g_re, d_a_g_re);
            put(Q_d_a_c_im, d_a_c_im);
            put(Q_d_a_c_re, d_a_c_re);
            put(Q_d_a_f, d_a_f);
            put(Q_d_s_re_prev, d_s_re_prev);
            put(Q_d_s_im_prev, d_s_im_prev);
        }
        add(Q_d_bias_i_state, d_bias_i_state);
        add(Q_d_bias_c_re, d_bias_c_re);
        add(Q_d_bias_c_im, d_bias_c_im);
        add(Q_d_bias_g_re, d_bias_g_re);
        add(Q_d_bias_g_im, d_bias_g_im);
        add(Q_d_theta, d_theta);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of inputs. */
static void back_3_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_x = get(Q_a_97_);
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1},
    {SIZE_state, 0},
    {SIZE_state, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_i_state", SIZE_state, INPUT_SIZE, ONE, 1, 0, 0},
    {"bias_i_state", SIZE_state, ONE, ONE, 1, 0, 0},
    {"weight_c_re", SIZE_state, INPUT_SIZE, ONE, 1, 0, 0},
    {"bias_c_re", SIZE_state, ONE, ONE, 1, 0, 0},
    {"weight_c_im", SIZE_state, INPUT_SIZE, ONE, 1, 0, 0},
    {"bias_c_im", SIZE_state, ONE, ONE, 1, 0, 0},
    {"weight_g_re", SIZE_state, INPUT_SIZE, ONE, 1, 0, 0},
    {"bias_g_re", SIZE_state, ONE, ONE, 1, 0, 0},
    {"weight_g_im", SIZE_state, INPUT_SIZE, ONE, 1, 0, 0},
    {"bias_g_im", SIZE_state, ONE, ONE, 1, 0, 0},
    {"weight_o_re", HIDDEN_SIZE, SIZE_state, ONE, 1, 0, 0},
    {"bias_o_re", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"weight_o_im", HIDDEN_SIZE, SIZE_state, ONE, 1, 0, 0},
    {"theta", SIZE_state, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    "gamma",
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, SIZE_state, INPUT_SIZE},
    {2, 0, 1, 0, 0, SIZE_state, INPUT_SIZE},
    {4, 0, 1, 0, 0, SIZE_state, INPUT_SIZE},
    {6, 0, 1, 0, 0, SIZE_state, INPUT_SIZE},
    {8, 0, 1, 0, 0, SIZE_state, INPUT_SIZE},
    {10, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_state},
    {12, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_state},
    {12, 0, 1, 1, 0, SIZE_state, HIDDEN_SIZE},
    {10, 0, 1, 1, 0, SIZE_state, HIDDEN_SIZE},
    {0, 0, 1, 1, 0, INPUT_SIZE, SIZE_state},
    {2, 0, 1, 1, 0, INPUT_SIZE, SIZE_state},
    {4, 0, 1, 1, 0, INPUT_SIZE, SIZE_state},
    {6, 0, 1, 1, 0, INPUT_SIZE, SIZE_state},
    {8, 0, 1, 1, 0, INPUT_SIZE, SIZE_state},
};

static const Buffer buffers[] = {
    {SIZE_state, 1, 1},
    {SIZE_state, 1, 1},
    {SIZE_state, 1, 1},
    {SIZE_state, 1, 1},
    {SIZE_state, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_state, 0, 1},
    {SIZE_state, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, SIZE_state, 13, 0},
    {OF_CONSTANT, ONE, 0, 0},
    {COMPUTED, SIZE_state, 0, 0},
    {COMPUTED, SIZE_state, 0, 0},
};

static const Bias biases[] = {
    {SIZE_state, 1, 1, (const Summand[]){{1, 0}}},
    {SIZE_state, 1, 1, (const Summand[]){{3, 0}}},
    {SIZE_state, 1, 1, (const Summand[]){{5, 0}}},
    {SIZE_state, 1, 1, (const Summand[]){{7, 0}}},
    {SIZE_state, 1, 1, (const Summand[]){{9, 0}}},
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{11, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
    {1, 1, 1, 0, 1, (const short[]){Q_x}},
    {2, 2, 2, 0, 1, (const short[]){Q_x}},
    {3, 3, 3, 0, 1, (const short[]){Q_x}},
    {4, 4, 4, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, SIZE_state, INPUT_SIZE, (const Factors[]){{Q_d_a_f, Q_x}}},
    {2, 0, 1, 1, SIZE_state, INPUT_SIZE, (const Factors[]){{Q_d_a_c_re, Q_x}}},
    {4, 0, 1, 1, SIZE_state, INPUT_SIZE, (const Factors[]){{Q_d_a_c_im, Q_x}}},
    {6, 0, 1, 1, SIZE_state, INPUT_SIZE, (const Factors[]){{Q_d_a_g_re, Q_x}}},
    {8, 0, 1, 1, SIZE_state, INPUT_SIZE, (const Factors[]){{Q_d_a_g_im, Q_x}}},
    {10, 0, 1, 1, HIDDEN_SIZE, SIZE_state, (const Factors[]){{Q_d_h, Q_g_re_s_re}}},
    {12, 0, 1, 1, HIDDEN_SIZE, SIZE_state, (const Factors[]){{Q_d_h, Q_g_im_s_im}}},
};

static const Total totals[] = {
    {1, 0, 1, SIZE_state, 0, 0},
    {3, 0, 2, SIZE_state, 0, 0},
    {5, 0, 3, SIZE_state, 0, 0},
    {7, 0, 4, SIZE_state, 0, 0},
    {9, 0, 5, SIZE_state, 0, 0},
    {11, 0, 0, HIDDEN_SIZE, 0, 0},
    {13, 0, 6, SIZE_state, 0, 0},
};

static const Group parameter_groups[] = {
    {SIZE_state, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{SIZE_state, 0, 0, 5, 0, (const short[]){Q_a_f_, Q_a_c_re_, Q_a_c_im_, Q_a_g_re_, Q_a_g_im_}, step_1_state}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 1, (const Product[]){{5, 5, 5, 0, 1, (const short[]){Q_g_re_s_re}}, {5, 6, -1, 1, 1, (const short[]){Q_g_im_s_im}}}, (const short[]){Q_a_93_}, step_2}}},
};

static const Stage backward[] = {
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_state, 0, 0, 0, 0, 0, back_1_state}}},
    {0, 1, 0, (const Group[]){{SIZE_state, 0, 2, 2, (const Product[]){{6, 7, -1, 0, 1, (const short[]){Q_d_h}}, {7, 8, -1, 0, 1, (const short[]){Q_d_h}}}, (const short[]){Q_d_g_im_s_im_, Q_d_g_re_s_re_}, back_2_state}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 5, 1, (const Product[]){{8, 9, -1, 0, 1, (const short[]){Q_d_a_f}}, {8, 10, -1, 1, 1, (const short[]){Q_d_a_c_re}}, {8, 11, -1, 1, 1, (const short[]){Q_d_a_c_im}}, {8, 12, -1, 1, 1, (const short[]){Q_d_a_g_re}}, {8, 13, -1, 1, 1, (const short[]){Q_d_a_g_im}}}, (const short[]){Q_a_97_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    "state",
};

const Cell derive_cell = {
    .name = "hgrn",
    .quantities = 61,
    .forward_quantities = 30,
    .states = 3,
    .inputs = 1,
    .axes = 5,
    .tensors = 14,
    .constants = 1,
    .packs = 14,
    .buffers = 9,
    .fixed = 4,
    .biases = 6,
    .early = 5,
    .outers = 7,
    .totals = 7,
    .sums = 7,
    .reads_input = 0,
    .waits = 0,
    .parameter_groups = 1,
    .forward_stages = 2,
    .backward_stages = 3,
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
