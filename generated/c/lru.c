/* Of lru.py as it was written, SHA-256 d7701db7d88b00df2a01fadda00fa128ddf3f1c062abaaf6f988910bd9dc694d */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Linear recurrent unit. One time step:
 *
 *         r = exp(−exp(ν))
 *      λ_re = r ⊙ cos(exp(θ))
 *      λ_im = r ⊙ sin(exp(θ))
 *     u_reₜ = W_B_re xₜ
 *     u_imₜ = W_B_im xₜ
 *     s_reₜ = λ_re ⊙ s_reₜ₋₁ − λ_im ⊙ s_imₜ₋₁ + sqrt(1 − r²) ⊙ u_reₜ
 *     s_imₜ = λ_re ⊙ s_imₜ₋₁ + λ_im ⊙ s_reₜ₋₁ + sqrt(1 − r²) ⊙ u_imₜ
 *        hₜ = W_C_re s_reₜ − W_C_im s_imₜ + W_D xₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_u_re_,
    Q_u_im_,
    Q_a_x_,
    Q_a_C_im_,
    Q_x,
    Q_s_re_prev,
    Q_s_im_prev,
    Q_h,
    Q_s_re,
    Q_s_im,
    Q_u_re,
    Q_u_im,
    Q_nu,
    Q_theta,
    Q_exp_nu,
    Q_r,
    Q_exp_theta,
    Q_cos_exp_theta,
    Q_lambda_re,
    Q_sin_exp_theta,
    Q_lambda_im,
    Q_root_s_re,
    Q_root_s_im,
    Q_d_h_later,
    Q_d_y,
    Q_d_s_re_later,
    Q_d_s_im_later,
    Q_a_73_,
    Q_a_74_,
    Q_a_75_,
    Q_a_77_,
    Q_d_h_prev,
    Q_d_s_re_prev,
    Q_d_s_im_prev,
    Q_d_x,
    Q_d_u_re,
    Q_d_u_im,
    Q_d_a_C_re,
    Q_d_a_C_im,
    Q_d_s_re_next,
    Q_d_s_im_next,
    Q_a_77,
    Q_d_nu,
    Q_d_theta
};

enum { SIZE_state = NAMED };

static const Quantity quantities[] = {
    [Q_u_re_] = {EARLY, SIZE_state, 0, 0, 0, Q_u_re_},
    [Q_u_im_] = {EARLY, SIZE_state, 0, 1, 0, Q_u_im_},
    [Q_a_x_] = {EARLY, HIDDEN_SIZE, 0, 2, 0, Q_a_x_},
    [Q_a_C_im_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_a_C_im_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_s_re_prev] = {BEFORE, SIZE_state, 0, 1, 0, Q_s_re_prev},
    [Q_s_im_prev] = {BEFORE, SIZE_state, 0, 2, 0, Q_s_im_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_s_re] = {AFTER, SIZE_state, 0, 1, 0, Q_s_re},
    [Q_s_im] = {AFTER, SIZE_state, 0, 2, 0, Q_s_im},
    [Q_u_re] = {PANEL, SIZE_state, 1, 0, 0, Q_u_re},
    [Q_u_im] = {PANEL, SIZE_state, 1, 1, 0, Q_u_re},
    [Q_nu] = {FIXED, SIZE_state, 0, 0, 0, Q_nu},
    [Q_theta] = {FIXED, SIZE_state, 0, 1, 0, Q_theta},
    [Q_exp_nu] = {FIXED, SIZE_state, 0, 2, 0, Q_exp_nu},
    [Q_r] = {FIXED, SIZE_state, 0, 3, 0, Q_r},
    [Q_exp_theta] = {FIXED, SIZE_state, 0, 4, 0, Q_exp_theta},
    [Q_cos_exp_theta] = {FIXED, SIZE_state, 0, 5, 0, Q_cos_exp_theta},
    [Q_lambda_re] = {FIXED, SIZE_state, 0, 6, 0, Q_lambda_re},
    [Q_sin_exp_theta] = {FIXED, SIZE_state, 0, 7, 0, Q_sin_exp_theta},
    [Q_lambda_im] = {FIXED, SIZE_state, 0, 8, 0, Q_lambda_im},
    [Q_root_s_re] = {FIXED, SIZE_state, 0, 9, 0, Q_root_s_re},
    [Q_root_s_im] = {FIXED, SIZE_state, 0, 10, 0, Q_root_s_im},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_s_re_later] = {LATER, SIZE_state, 0, 1, 0, Q_d_s_re_later},
    [Q_d_s_im_later] = {LATER, SIZE_state, 0, 2, 0, Q_d_s_im_later},
    [Q_a_73_] = {LOCAL, SIZE_state, 0, 4, 0, Q_a_73_},
    [Q_a_74_] = {LOCAL, SIZE_state, 0, 5, 0, Q_a_74_},
    [Q_a_75_] = {LOCAL, INPUT_SIZE, 0, 6, 0, Q_a_75_},
    [Q_a_77_] = {LOCAL, INPUT_SIZE, 0, 7, 0, Q_a_77_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_s_re_prev] = {EARLIER, SIZE_state, 0, 1, 0, Q_d_s_re_prev},
    [Q_d_s_im_prev] = {EARLIER, SIZE_state, 0, 2, 0, Q_d_s_im_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_u_re] = {ROW, SIZE_state, 1, 0, 0, Q_d_u_re},
    [Q_d_u_im] = {ROW, SIZE_state, 1, 1, 0, Q_d_u_im},
    [Q_d_a_C_re] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_C_re},
    [Q_d_a_C_im] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_C_im},
    [Q_d_s_re_next] = {PANEL, SIZE_state, 0, 0, 0, Q_d_s_re_next},
    [Q_d_s_im_next] = {PANEL, SIZE_state, 0, 1, 0, Q_d_s_re_next},
    [Q_a_77] = {PANEL, INPUT_SIZE, 0, 0, 0, Q_a_77},
    [Q_d_nu] = {SUM, SIZE_state, 0, 0, 0, Q_d_nu},
    [Q_d_theta] = {SUM, SIZE_state, 0, 1, 0, Q_d_theta},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec nu = fixed(Q_nu);
        const vec theta = fixed(Q_theta);
        for (long row = 0; row < rows; row++) {
            const vec exp_nu = vrate(nu);
            const vec r = vexp(-exp_nu);
            const vec exp_theta = vrate(theta);
            const vec cos_exp_theta = vcos(exp_theta);
            const vec lambda_re = r * cos_exp_theta;
            const vec sin_exp_theta = vsin(exp_theta);
            const vec lambda_im = r * sin_exp_theta;
            const vec root_s_re = square_root(-vexpm1(-R(2) * exp_nu));
            const vec root_s_im = square_root(-vexpm1(-R(2) * exp_nu));
            put(Q_exp_nu, exp_nu);
            put(Q_r, r);
            put(Q_exp_theta, exp_theta);
            put(Q_cos_exp_theta, cos_exp_theta);
            put(Q_lambda_re, lambda_re);
            put(Q_sin_exp_theta, sin_exp_theta);
            put(Q_lambda_im, lambda_im);
            put(Q_root_s_re, root_s_re);
            put(Q_root_s_im, root_s_im);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of state. */
static void step_1_state(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec lambda_re = fixed(Q_lambda_re);
        const vec lambda_im = fixed(Q_lambda_im);
        const vec root_s_re = fixed(Q_root_s_re);
        const vec root_s_im = fixed(Q_root_s_im);
        for (long row = 0; row < rows; row++) {
            const vec s_re_prev = get(Q_s_re_prev);
            const vec s_im_prev = get(Q_s_im_prev);
            const vec u_re = get(Q_u_re_);
            const vec u_im = get(Q_u_im_);
            const vec s_re = lambda_re * s_re_prev - lambda_im * s_im_prev + root_s_re * u_re;
            const vec s_im = lambda_re * s_im_prev + lambda_im * s_re_prev + root_s_im * u_im;
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

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_C_re = get(Q_a_x_);
            const vec a_C_im = get(Q_a_C_im_);
            const vec h = a_C_re - a_C_im;
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
            const vec d_a_C_im = -d_h;
            const vec d_a_C_re = d_h;
            const vec d_h_prev = splat(R(0));
            put(Q_d_a_C_im, d_a_C_im);
            put(Q_d_a_C_re, d_a_C_re);
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of state. */
static void back_1_state(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_s_re_next = get(Q_d_s_re_later);
            const vec d_s_im_next = get(Q_d_s_im_later);
            put(Q_d_s_re_next, d_s_re_next);
            put(Q_d_s_im_next, d_s_im_next);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of state. */
static void back_2_state(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec root_s_im = fixed(Q_root_s_im);
        const vec root_s_re = fixed(Q_root_s_re);
        const vec r = fixed(Q_r);
        const vec cos_exp_theta = fixed(Q_cos_exp_theta);
        const vec sin_exp_theta = fixed(Q_sin_exp_theta);
        const vec exp_nu = fixed(Q_exp_nu);
        const vec lambda_re = fixed(Q_lambda_re);
        const vec lambda_im = fixed(Q_lambda_im);
        const vec exp_theta = fixed(Q_exp_theta);
        vec d_nu = splat(0);
        vec d_theta = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_s_im_next = get(Q_d_s_im_next);
            const vec a_73_ = get(Q_a_73_);
            const vec d_s_re_next = get(Q_d_s_re_next);
            const vec a_74_ = get(Q_a_74_);
            const vec s_re_prev = get(Q_s_re_prev);
            const vec s_im_prev = get(Q_s_im_prev);
            const vec u_re = get(Q_u_re);
            const vec u_im = get(Q_u_im);
            const vec d_s_im = d_s_im_next + a_73_;
            const vec d_s_re = d_s_re_next + a_74_;
            const vec d_u_im = d_s_im * root_s_im;
            const vec d_u_re = d_s_re * root_s_re;
            const vec d_lambda_im = d_s_im * s_re_prev - d_s_re * s_im_prev;
            const vec d_lambda_re = d_s_re * s_re_prev + d_s_im * s_im_prev;
            const vec d_exp_theta = d_lambda_im * r * cos_exp_theta - d_lambda_re * r * sin_exp_theta;
            const vec d_r = d_lambda_re * cos_exp_theta + d_lambda_im * sin_exp_theta;
            const vec d_exp_nu = where(root_s_re != splat(R(0)), vexp(-R(2) * exp_nu) * d_s_re * u_re / root_s_re, splat(R(0))) - d_r * r + where(root_s_im != splat(R(0)), vexp(-R(2) * exp_nu) * d_s_im * u_im / root_s_im, splat(R(0)));
            const vec d_s_re_prev = d_s_re * lambda_re + d_s_im * lambda_im;
            const vec d_s_im_prev = d_s_im * lambda_re - d_s_re * lambda_im;
            d_nu += d_exp_nu * exp_nu;
            d_theta += d_exp_theta * exp_theta;
            put(Q_d_u_im, d_u_im);
            put(Q_d_u_re, d_u_re);
            put(Q_d_s_re_prev, d_s_re_prev);
            put(Q_d_s_im_prev, d_s_im_prev);
        }
        add(Q_d_nu, d_nu);
        add(Q_d_theta, d_theta);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of inputs. */
static void back_2_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_77 = get(Q_a_77_);
            put(Q_a_77, a_77);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of inputs. */
static void back_3_inputs(const At *restrict at, long first, long end, long rows, int keep)
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
    {"nu", SIZE_state, ONE, ONE, 1, 0, 0},
    {"theta", SIZE_state, ONE, ONE, 1, 0, 0},
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
    {SIZE_state, 0, 1},
    {SIZE_state, 0, 1},
    {INPUT_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, SIZE_state, 5, 0},
    {OF_TENSOR, SIZE_state, 6, 0},
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
    {4, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_C_re, Q_x}}},
};

static const Total totals[] = {
    {5, 0, 0, SIZE_state, 0, 0},
    {6, 0, 1, SIZE_state, 0, 0},
};

static const Group parameter_groups[] = {
    {SIZE_state, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{SIZE_state, 0, 0, 2, 0, (const short[]){Q_u_re_, Q_u_im_}, step_1_state}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 2, (const Product[]){{2, 3, -1, 1, 1, (const short[]){Q_s_re}}, {3, 4, -1, 0, 1, (const short[]){Q_s_im}}}, (const short[]){Q_a_x_, Q_a_C_im_}, step_2}}},
};

static const Stage backward[] = {
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_state, 0, 0, 0, 0, 0, back_1_state}}},
    {0, 2, 0, (const Group[]){{SIZE_state, 0, 2, 2, (const Product[]){{4, 5, -1, 0, 1, (const short[]){Q_d_a_C_im}}, {5, 6, -1, 0, 1, (const short[]){Q_d_a_C_re}}}, (const short[]){Q_a_73_, Q_a_74_}, back_2_state}, {INPUT_SIZE, 0, 1, 1, (const Product[]){{7, 7, -1, 0, 1, (const short[]){Q_d_a_C_re}}}, (const short[]){Q_a_77_}, back_2_inputs}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 0, 2, 1, (const Product[]){{6, 8, -1, 0, 1, (const short[]){Q_d_u_re}}, {6, 9, -1, 1, 1, (const short[]){Q_d_u_im}}}, (const short[]){Q_a_75_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    "state",
};

const Cell derive_cell = {
    .name = "lru",
    .quantities = 44,
    .forward_quantities = 23,
    .states = 3,
    .inputs = 1,
    .axes = 5,
    .tensors = 7,
    .constants = 0,
    .packs = 10,
    .buffers = 8,
    .fixed = 11,
    .biases = 0,
    .early = 3,
    .outers = 5,
    .totals = 2,
    .sums = 2,
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
