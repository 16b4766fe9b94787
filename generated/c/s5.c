/* Of s5.py as it was written, SHA-256 cecbe9bd9fce0308999baebdf5fa9a7d2f5fa5df41fffa3d40945df43fd2d9e7 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Diagonal state space layer S5. One time step:
 *
 *         λ_re = a
 *         λ_im = ω
 *         step = exp(log_step)
 *     λ_bar_re = exp(a ⊙ step) ⊙ cos(ω ⊙ step)
 *     λ_bar_im = exp(a ⊙ step) ⊙ sin(ω ⊙ step)
 *            n = a² + ω²
 *      gain_re = ((λ_bar_re − 1) ⊙ λ_re + λ_bar_im ⊙ λ_im)/n
 *      gain_im = (−(λ_bar_re − 1) ⊙ λ_im + λ_bar_im ⊙ λ_re)/n
 *        u_reₜ = W_B_re xₜ
 *        u_imₜ = W_B_im xₜ
 *        s_reₜ = λ_bar_re ⊙ s_reₜ₋₁ − λ_bar_im ⊙ s_imₜ₋₁ + gain_re ⊙ u_reₜ − gain_im ⊙ u_imₜ
 *        s_imₜ = λ_bar_re ⊙ s_imₜ₋₁ + λ_bar_im ⊙ s_reₜ₋₁ + gain_re ⊙ u_imₜ + gain_im ⊙ u_reₜ
 *           hₜ = 2 (W_C_re s_reₜ − W_C_im s_imₜ) + W_D xₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_u_re_,
    Q_u_im_,
    Q_a_D_,
    Q_a_C_re_,
    Q_a_C_im_,
    Q_x,
    Q_s_re_prev,
    Q_s_im_prev,
    Q_h,
    Q_s_re,
    Q_s_im,
    Q_u_re,
    Q_u_im,
    Q_a_D,
    Q_a,
    Q_omega,
    Q_log_step,
    Q_lambda_re,
    Q_lambda_im,
    Q_step,
    Q_exp_lambda_bar_re,
    Q_cos_lambda_bar_re,
    Q_lambda_bar_re,
    Q_sin_lambda_bar_im,
    Q_lambda_bar_im,
    Q_n,
    Q_gain_re,
    Q_gain_im,
    Q_d_h_later,
    Q_d_y,
    Q_d_s_re_later,
    Q_d_s_im_later,
    Q_a_93_,
    Q_a_94_,
    Q_a_95_,
    Q_a_97_,
    Q_d_h_prev,
    Q_d_s_re_prev,
    Q_d_s_im_prev,
    Q_d_x,
    Q_d_u_re,
    Q_d_u_im,
    Q_d_a_C_re,
    Q_d_a_C_im,
    Q_d_a_D,
    Q_d_s_re_next,
    Q_d_s_im_next,
    Q_dgain_im_dlambda_bar_im,
    Q_dgain_re_dlambda_im,
    Q_a_97,
    Q_d_a,
    Q_d_omega,
    Q_d_log_step
};

enum { SIZE_state = NAMED };

static const Quantity quantities[] = {
    [Q_u_re_] = {EARLY, SIZE_state, 0, 0, 0, Q_u_re_},
    [Q_u_im_] = {EARLY, SIZE_state, 0, 1, 0, Q_u_im_},
    [Q_a_D_] = {EARLY, HIDDEN_SIZE, 0, 2, 0, Q_a_D_},
    [Q_a_C_re_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_a_C_re_},
    [Q_a_C_im_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_a_C_im_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_s_re_prev] = {BEFORE, SIZE_state, 0, 1, 0, Q_s_re_prev},
    [Q_s_im_prev] = {BEFORE, SIZE_state, 0, 2, 0, Q_s_im_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_s_re] = {AFTER, SIZE_state, 0, 1, 0, Q_s_re},
    [Q_s_im] = {AFTER, SIZE_state, 0, 2, 0, Q_s_im},
    [Q_u_re] = {PANEL, SIZE_state, 1, 0, 0, Q_u_re},
    [Q_u_im] = {PANEL, SIZE_state, 1, 1, 0, Q_u_re},
    [Q_a_D] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_a_D},
    [Q_a] = {FIXED, SIZE_state, 0, 0, 0, Q_a},
    [Q_omega] = {FIXED, SIZE_state, 0, 1, 0, Q_omega},
    [Q_log_step] = {FIXED, SIZE_state, 0, 2, 0, Q_log_step},
    [Q_lambda_re] = {FIXED, SIZE_state, 0, 3, 0, Q_lambda_re},
    [Q_lambda_im] = {FIXED, SIZE_state, 0, 4, 0, Q_lambda_im},
    [Q_step] = {FIXED, SIZE_state, 0, 5, 0, Q_step},
    [Q_exp_lambda_bar_re] = {FIXED, SIZE_state, 0, 6, 0, Q_exp_lambda_bar_re},
    [Q_cos_lambda_bar_re] = {FIXED, SIZE_state, 0, 7, 0, Q_cos_lambda_bar_re},
    [Q_lambda_bar_re] = {FIXED, SIZE_state, 0, 8, 0, Q_lambda_bar_re},
    [Q_sin_lambda_bar_im] = {FIXED, SIZE_state, 0, 9, 0, Q_sin_lambda_bar_im},
    [Q_lambda_bar_im] = {FIXED, SIZE_state, 0, 10, 0, Q_lambda_bar_im},
    [Q_n] = {FIXED, SIZE_state, 0, 11, 0, Q_n},
    [Q_gain_re] = {FIXED, SIZE_state, 0, 12, 0, Q_gain_re},
    [Q_gain_im] = {FIXED, SIZE_state, 0, 13, 0, Q_gain_im},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_s_re_later] = {LATER, SIZE_state, 0, 1, 0, Q_d_s_re_later},
    [Q_d_s_im_later] = {LATER, SIZE_state, 0, 2, 0, Q_d_s_im_later},
    [Q_a_93_] = {LOCAL, SIZE_state, 0, 5, 0, Q_a_93_},
    [Q_a_94_] = {LOCAL, SIZE_state, 0, 6, 0, Q_a_94_},
    [Q_a_95_] = {LOCAL, INPUT_SIZE, 0, 7, 0, Q_a_95_},
    [Q_a_97_] = {LOCAL, INPUT_SIZE, 0, 8, 0, Q_a_97_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_s_re_prev] = {EARLIER, SIZE_state, 0, 1, 0, Q_d_s_re_prev},
    [Q_d_s_im_prev] = {EARLIER, SIZE_state, 0, 2, 0, Q_d_s_im_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_u_re] = {ROW, SIZE_state, 1, 0, 0, Q_d_u_re},
    [Q_d_u_im] = {ROW, SIZE_state, 1, 1, 0, Q_d_u_im},
    [Q_d_a_C_re] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_C_re},
    [Q_d_a_C_im] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_C_im},
    [Q_d_a_D] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_D},
    [Q_d_s_re_next] = {PANEL, SIZE_state, 0, 0, 0, Q_d_s_re_next},
    [Q_d_s_im_next] = {PANEL, SIZE_state, 0, 1, 0, Q_d_s_re_next},
    [Q_dgain_im_dlambda_bar_im] = {PANEL, SIZE_state, 0, 2, 0, Q_d_s_re_next},
    [Q_dgain_re_dlambda_im] = {PANEL, SIZE_state, 0, 3, 0, Q_d_s_re_next},
    [Q_a_97] = {PANEL, INPUT_SIZE, 0, 0, 0, Q_a_97},
    [Q_d_a] = {SUM, SIZE_state, 0, 0, 0, Q_d_a},
    [Q_d_omega] = {SUM, SIZE_state, 0, 1, 0, Q_d_omega},
    [Q_d_log_step] = {SUM, SIZE_state, 0, 2, 0, Q_d_log_step},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec a = fixed(Q_a);
        const vec omega = fixed(Q_omega);
        const vec log_step = fixed(Q_log_step);
        for (long row = 0; row < rows; row++) {
            const vec lambda_re = a;
            const vec lambda_im = omega;
            const vec step = vrate(log_step);
            const vec exp_lambda_bar_re = vexp(a * step);
            const vec cos_lambda_bar_re = vcos(omega * step);
            const vec lambda_bar_re = exp_lambda_bar_re * cos_lambda_bar_re;
            const vec sin_lambda_bar_im = vsin(omega * step);
            const vec lambda_bar_im = exp_lambda_bar_re * sin_lambda_bar_im;
            const vec n = power(a, 2) + power(omega, 2);
            const vec gain_re = ((lambda_bar_re - R(1)) * lambda_re + lambda_bar_im * lambda_im) / n;
            const vec gain_im = (-(lambda_bar_re - R(1)) * lambda_im + lambda_bar_im * lambda_re) / n;
            put(Q_lambda_re, lambda_re);
            put(Q_lambda_im, lambda_im);
            put(Q_step, step);
            put(Q_exp_lambda_bar_re, exp_lambda_bar_re);
            put(Q_cos_lambda_bar_re, cos_lambda_bar_re);
            put(Q_lambda_bar_re, lambda_bar_re);
            put(Q_sin_lambda_bar_im, sin_lambda_bar_im);
            put(Q_lambda_bar_im, lambda_bar_im);
            put(Q_n, n);
            put(Q_gain_re, gain_re);
            put(Q_gain_im, gain_im);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of state. */
static void step_1_state(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec lambda_bar_re = fixed(Q_lambda_bar_re);
        const vec lambda_bar_im = fixed(Q_lambda_bar_im);
        const vec gain_re = fixed(Q_gain_re);
        const vec gain_im = fixed(Q_gain_im);
        for (long row = 0; row < rows; row++) {
            const vec s_re_prev = get(Q_s_re_prev);
            const vec s_im_prev = get(Q_s_im_prev);
            const vec u_re = get(Q_u_re_);
            const vec u_im = get(Q_u_im_);
            const vec s_re = lambda_bar_re * s_re_prev - lambda_bar_im * s_im_prev + gain_re * u_re - gain_im * u_im;
            const vec s_im = lambda_bar_re * s_im_prev + lambda_bar_im * s_re_prev + gain_re * u_im + gain_im * u_re;
            put(Q_s_re, s_re);
            put(Q_s_im, s_im);
            if (keep) {
                put(Q_u_re, u_re);
                put(Q_u_im, u_im);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_D = get(Q_a_D_);
            put(Q_a_D, a_D);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_D = get(Q_a_D);
            const vec a_C_re = get(Q_a_C_re_);
            const vec a_C_im = get(Q_a_C_im_);
            const vec h = R(2) * (a_C_re - a_C_im) + a_D;
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
            const vec d_a_C_im = -R(2) * d_h;
            const vec d_a_C_re = R(2) * d_h;
            const vec d_a_D = d_h;
            const vec d_h_prev = splat(R(0));
            put(Q_d_a_C_im, d_a_C_im);
            put(Q_d_a_C_re, d_a_C_re);
            put(Q_d_a_D, d_a_D);
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of state. */
static void back_1_state(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec lambda_re = fixed(Q_lambda_re);
        const vec n = fixed(Q_n);
        const vec lambda_bar_im = fixed(Q_lambda_bar_im);
        for (long row = 0; row < rows; row++) {
            const vec d_s_re_next = get(Q_d_s_re_later);
            const vec d_s_im_next = get(Q_d_s_im_later);
            const vec dgain_im_dlambda_bar_im = lambda_re / n;
            const vec dgain_re_dlambda_im = lambda_bar_im / n;
            put(Q_d_s_re_next, d_s_re_next);
            put(Q_d_s_im_next, d_s_im_next);
            put(Q_dgain_im_dlambda_bar_im, dgain_im_dlambda_bar_im);
            put(Q_dgain_re_dlambda_im, dgain_re_dlambda_im);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of state. */
static void back_2_state(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec gain_re = fixed(Q_gain_re);
        const vec gain_im = fixed(Q_gain_im);
        const vec n = fixed(Q_n);
        const vec lambda_im = fixed(Q_lambda_im);
        const vec exp_lambda_bar_re = fixed(Q_exp_lambda_bar_re);
        const vec cos_lambda_bar_re = fixed(Q_cos_lambda_bar_re);
        const vec sin_lambda_bar_im = fixed(Q_sin_lambda_bar_im);
        const vec a = fixed(Q_a);
        const vec omega = fixed(Q_omega);
        const vec lambda_bar_re = fixed(Q_lambda_bar_re);
        const vec lambda_bar_im = fixed(Q_lambda_bar_im);
        const vec step = fixed(Q_step);
        vec d_a = splat(0);
        vec d_omega = splat(0);
        vec d_log_step = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_s_im_next = get(Q_d_s_im_next);
            const vec a_93_ = get(Q_a_93_);
            const vec d_s_re_next = get(Q_d_s_re_next);
            const vec a_94_ = get(Q_a_94_);
            const vec u_re = get(Q_u_re);
            const vec u_im = get(Q_u_im);
            const vec dgain_im_dlambda_bar_im = get(Q_dgain_im_dlambda_bar_im);
            const vec s_im_prev = get(Q_s_im_prev);
            const vec s_re_prev = get(Q_s_re_prev);
            const vec dgain_re_dlambda_im = get(Q_dgain_re_dlambda_im);
            const vec d_s_im = d_s_im_next + a_93_;
            const vec d_s_re = d_s_re_next + a_94_;
            const vec d_u_im = d_s_im * gain_re - d_s_re * gain_im;
            const vec d_u_re = d_s_re * gain_re + d_s_im * gain_im;
            const vec d_gain_im = d_s_im * u_re - d_s_re * u_im;
            const vec d_gain_re = d_s_re * u_re + d_s_im * u_im;
            const vec d_n = -d_gain_re * gain_re / n - d_gain_im * gain_im / n;
            const vec d_lambda_bar_im = d_gain_re * lambda_im / n + d_gain_im * dgain_im_dlambda_bar_im - d_s_re * s_im_prev + d_s_im * s_re_prev;
            const vec d_sin_lambda_bar_im = d_lambda_bar_im * exp_lambda_bar_re;
            const vec d_lambda_bar_re = d_gain_re * dgain_im_dlambda_bar_im - d_gain_im * lambda_im / n + d_s_re * s_re_prev + d_s_im * s_im_prev;
            const vec d_cos_lambda_bar_re = d_lambda_bar_re * exp_lambda_bar_re;
            const vec d_a_exp_lambda_bar_re = d_lambda_bar_re * cos_lambda_bar_re * exp_lambda_bar_re + d_lambda_bar_im * sin_lambda_bar_im * exp_lambda_bar_re;
            const vec d_step = d_a_exp_lambda_bar_re * a - d_cos_lambda_bar_re * sin_lambda_bar_im * omega + d_sin_lambda_bar_im * cos_lambda_bar_re * omega;
            const vec d_s_re_prev = d_s_re * lambda_bar_re + d_s_im * lambda_bar_im;
            const vec d_s_im_prev = d_s_im * lambda_bar_re - d_s_re * lambda_bar_im;
            d_a += d_gain_re * (lambda_bar_re - R(1)) / n + d_gain_im * dgain_re_dlambda_im;
            d_a += d_a_exp_lambda_bar_re * step;
            d_a += R(2) * d_n * a;
            d_omega += d_gain_re * dgain_re_dlambda_im + d_gain_im * (R(1) - lambda_bar_re) / n;
            d_omega += -d_cos_lambda_bar_re * sin_lambda_bar_im * step;
            d_omega += d_sin_lambda_bar_im * cos_lambda_bar_re * step;
            d_omega += R(2) * d_n * omega;
            d_log_step += d_step * step;
            put(Q_d_u_im, d_u_im);
            put(Q_d_u_re, d_u_re);
            put(Q_d_s_re_prev, d_s_re_prev);
            put(Q_d_s_im_prev, d_s_im_prev);
        }
        add(Q_d_a, d_a);
        add(Q_d_omega, d_omega);
        add(Q_d_log_step, d_log_step);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of inputs. */
static void back_2_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_97 = get(Q_a_97_);
            put(Q_a_97, a_97);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of inputs. */
static void back_3_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_95_ = get(Q_a_95_);
            const vec a_97 = get(Q_a_97);
            const vec d_x = a_95_ + a_97;
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1},
    {SIZE_state, 1},
    {SIZE_state, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_B_re", SIZE_state, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_B_im", SIZE_state, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_C_re", HIDDEN_SIZE, SIZE_state, ONE, 1, 0, 0},
    {"weight_C_im", HIDDEN_SIZE, SIZE_state, ONE, 1, 0, 0},
    {"weight_D", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"a", SIZE_state, ONE, ONE, 1, 0, 0},
    {"omega", SIZE_state, ONE, ONE, 1, 0, 0},
    {"log_step", SIZE_state, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, SIZE_state, INPUT_SIZE},
    {1, 0, 1, 0, 0, SIZE_state, INPUT_SIZE},
    {4, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_state},
    {3, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_state},
    {3, 0, 1, 1, 0, SIZE_state, HIDDEN_SIZE},
    {2, 0, 1, 1, 0, SIZE_state, HIDDEN_SIZE},
    {4, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
    {0, 0, 1, 1, 0, INPUT_SIZE, SIZE_state},
    {1, 0, 1, 1, 0, INPUT_SIZE, SIZE_state},
};

static const Buffer buffers[] = {
    {SIZE_state, 1, 1},
    {SIZE_state, 1, 1},
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_state, 0, 1},
    {SIZE_state, 0, 1},
    {INPUT_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, SIZE_state, 5, 0},
    {OF_TENSOR, SIZE_state, 6, 0},
    {OF_TENSOR, SIZE_state, 7, 0},
    {COMPUTED, SIZE_state, 0, 0},
    {COMPUTED, SIZE_state, 0, 0},
    {COMPUTED, SIZE_state, 0, 0},
    {COMPUTED, SIZE_state, 0, 0},
    {COMPUTED, SIZE_state, 0, 0},
    {COMPUTED, SIZE_state, 0, 0},
    {COMPUTED, SIZE_state, 0, 0},
    {COMPUTED, SIZE_state, 0, 0},
    {COMPUTED, SIZE_state, 0, 0},
    {COMPUTED, SIZE_state, 0, 0},
    {COMPUTED, SIZE_state, 0, 0},
};

static const Bias biases[] = {
    {0},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
    {1, 1, -1, 0, 1, (const short[]){Q_x}},
    {2, 2, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, SIZE_state, INPUT_SIZE, (const Factors[]){{Q_d_u_re, Q_x}}},
    {1, 0, 1, 1, SIZE_state, INPUT_SIZE, (const Factors[]){{Q_d_u_im, Q_x}}},
    {2, 0, 1, 1, HIDDEN_SIZE, SIZE_state, (const Factors[]){{Q_d_a_C_re, Q_s_re}}},
    {3, 0, 1, 1, HIDDEN_SIZE, SIZE_state, (const Factors[]){{Q_d_a_C_im, Q_s_im}}},
    {4, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_D, Q_x}}},
};

static const Total totals[] = {
    {5, 0, 0, SIZE_state, 0, 0},
    {6, 0, 1, SIZE_state, 0, 0},
    {7, 0, 2, SIZE_state, 0, 0},
};

static const Group parameter_groups[] = {
    {SIZE_state, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {0, 2, 0, (const Group[]){{SIZE_state, 0, 0, 2, 0, (const short[]){Q_u_re_, Q_u_im_}, step_1_state}, {HIDDEN_SIZE, 0, 0, 1, 0, (const short[]){Q_a_D_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 2, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_s_re}}, {4, 4, -1, 0, 1, (const short[]){Q_s_im}}}, (const short[]){Q_a_C_re_, Q_a_C_im_}, step_2}}},
};

static const Stage backward[] = {
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_state, 0, 0, 0, 0, 0, back_1_state}}},
    {0, 2, 0, (const Group[]){{SIZE_state, 0, 2, 2, (const Product[]){{5, 5, -1, 0, 1, (const short[]){Q_d_a_C_im}}, {6, 6, -1, 0, 1, (const short[]){Q_d_a_C_re}}}, (const short[]){Q_a_93_, Q_a_94_}, back_2_state}, {INPUT_SIZE, 0, 1, 1, (const Product[]){{8, 7, -1, 0, 1, (const short[]){Q_d_a_D}}}, (const short[]){Q_a_97_}, back_2_inputs}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 0, 2, 1, (const Product[]){{7, 8, -1, 0, 1, (const short[]){Q_d_u_re}}, {7, 9, -1, 1, 1, (const short[]){Q_d_u_im}}}, (const short[]){Q_a_95_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    "state",
};

const Cell derive_cell = {
    .name = "s5",
    .quantities = 53,
    .forward_quantities = 28,
    .states = 3,
    .inputs = 1,
    .axes = 5,
    .tensors = 8,
    .constants = 0,
    .packs = 10,
    .buffers = 9,
    .fixed = 14,
    .biases = 0,
    .early = 3,
    .outers = 5,
    .totals = 3,
    .sums = 3,
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
