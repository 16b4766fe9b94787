/* Of rg_lru.py as it was written, SHA-256 2de4affd6fb903be9f6c9bb3285fb24fb287946c4966ae41d9f1cc40787a0784 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Real-gated linear recurrent unit. One time step:
 *
 *     rₜ = σ(W_ir xₜ + b_ir)
 *     iₜ = σ(W_ii xₜ + b_ii)
 *     kₜ = −c softplus(ν) ⊙ rₜ
 *     hₜ = exp(kₜ) ⊙ hₜ₋₁ + sqrt(1 − exp(2 kₜ)) ⊙ iₜ ⊙ (W_ih xₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_r_,
    Q_a_i_,
    Q_a_h_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_r,
    Q_i,
    Q_exp_k,
    Q_exp_h,
    Q_a_h,
    Q_root_h,
    Q_nu,
    Q_c,
    Q_softplus_nu,
    Q_d_h_later,
    Q_d_y,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_r,
    Q_d_a_i,
    Q_d_a_h,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1,
    Q_d_nu
};

static const Quantity quantities[] = {
    [Q_a_r_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_r_},
    [Q_a_i_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_r_},
    [Q_a_h_] = {EARLY, HIDDEN_SIZE, 0, 1, 0, Q_a_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_r] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_r},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_r},
    [Q_exp_k] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_r},
    [Q_exp_h] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_r},
    [Q_a_h] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_r},
    [Q_root_h] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_r},
    [Q_nu] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_nu},
    [Q_c] = {FIXED, ONE, 0, 1, 0, Q_c},
    [Q_softplus_nu] = {FIXED, HIDDEN_SIZE, 0, 2, 0, Q_softplus_nu},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_r] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_r},
    [Q_d_a_i] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_i},
    [Q_d_a_h] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_h},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_1},
    [Q_d_nu] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_nu},
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
        const vec c = fixed(Q_c);
        const vec softplus_nu = fixed(Q_softplus_nu);
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_r = get(Q_a_r_);
            const vec a_i = get(Q_a_i_);
            const vec r = vsigmoid(a_r);
            const vec i = vsigmoid(a_i);
            const vec k = -c * softplus_nu * r;
            const vec exp_k = vexp(k);
            const vec exp_h = vexp(R(2) * k);
            const vec a_h = get(Q_a_h_);
            const vec root_h = square_root(-vexpm1(R(2) * k));
            const vec h = exp_k * h_prev + root_h * i * a_h;
            put(Q_h, h);
            if (keep) {
                put(Q_r, r);
                put(Q_i, i);
                put(Q_exp_k, exp_k);
                put(Q_exp_h, exp_h);
                put(Q_a_h, a_h);
                put(Q_root_h, root_h);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec c = fixed(Q_c);
        const vec softplus_nu = fixed(Q_softplus_nu);
        const vec nu = fixed(Q_nu);
        vec d_bias_ih_0 = splat(0);
        vec d_bias_ih_1 = splat(0);
        vec d_nu = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec i = get(Q_i);
            const vec root_h = get(Q_root_h);
            const vec r = get(Q_r);
            const vec h_prev = get(Q_h_prev);
            const vec exp_k = get(Q_exp_k);
            const vec a_h = get(Q_a_h);
            const vec exp_h = get(Q_exp_h);
            const vec d_h = d_h_later + d_y;
            const vec d_a_h = i * d_h * root_h;
            const vec scaled_d_k = c * r * d_h * (h_prev * exp_k + where(root_h != splat(R(0)), -i * a_h * exp_h / root_h, splat(R(0))));
            const vec d_softplus_nu = -scaled_d_k;
            const vec d_a_i = i * (R(1) - i) * d_h * root_h * a_h;
            const vec d_a_r = -(R(1) - r) * scaled_d_k * softplus_nu;
            const vec d_h_prev = d_h * exp_k;
            d_bias_ih_0 += d_a_r;
            d_bias_ih_1 += d_a_i;
            d_nu += d_softplus_nu * vsigmoid(nu);
            put(Q_d_a_h, d_a_h);
            put(Q_d_a_i, d_a_i);
            put(Q_d_a_r, d_a_r);
            put(Q_d_h_prev, d_h_prev);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
        add(Q_d_nu, d_nu);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of inputs. */
static void back_2_inputs(const At *restrict at, long first, long end, long rows, int keep)
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
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 3, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 2, 0, 0},
    {"nu", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    "c",
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 2, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 0, 3, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 2},
    {HIDDEN_SIZE, 1, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, HIDDEN_SIZE, 2, 0},
    {OF_CONSTANT, ONE, 0, 0},
    {COMPUTED, HIDDEN_SIZE, 0, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 2, 1, (const Summand[]){{1, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
    {1, 1, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 3, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_r, Q_x}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {1, 1, 1, HIDDEN_SIZE, 0, 0},
    {2, 0, 2, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {HIDDEN_SIZE, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 2, 0, (const short[]){Q_a_r_, Q_a_h_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{2, 2, -1, 0, 3, (const short[]){Q_d_a_r, Q_d_a_i, Q_d_a_h}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "rg_lru",
    .quantities = 26,
    .forward_quantities = 15,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 3,
    .constants = 1,
    .packs = 3,
    .buffers = 3,
    .fixed = 3,
    .biases = 1,
    .early = 2,
    .outers = 1,
    .totals = 3,
    .sums = 3,
    .reads_input = 0,
    .waits = 0,
    .parameter_groups = 1,
    .forward_stages = 1,
    .backward_stages = 2,
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
