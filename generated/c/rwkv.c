/* Of rwkv.py as it was written, SHA-256 4f38d8a25ea0ad3536588a5366fc2750d57a1cc725614f78e19141ebc062084f */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * RWKV-4 time mixing. One time step:
 *
 *     rₜ = σ(W_ir xₜ)
 *     kₜ = W_ik xₜ
 *     vₜ = W_iv xₜ
 *     qₜ = max(pₜ₋₁, u + kₜ)
 *     hₜ = rₜ ⊙ (exp(pₜ₋₁ − qₜ) ⊙ aₜ₋₁ + exp(u + kₜ − qₜ) ⊙ vₜ)/(exp(pₜ₋₁ − qₜ) ⊙ bₜ₋₁ + exp(u + kₜ − qₜ))
 *     sₜ = pₜ₋₁ − exp(w)
 *     pₜ = max(kₜ, sₜ)
 *     aₜ = exp(sₜ − pₜ) ⊙ aₜ₋₁ + exp(kₜ − pₜ) ⊙ vₜ
 *     bₜ = exp(sₜ − pₜ) ⊙ bₜ₋₁ + exp(kₜ − pₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_r_,
    Q_k_,
    Q_v_,
    Q_x,
    Q_a_prev,
    Q_b_prev,
    Q_p_prev,
    Q_h,
    Q_a,
    Q_b,
    Q_p,
    Q_k,
    Q_v,
    Q_r,
    Q_exp_h,
    Q_exp_h2,
    Q_s,
    Q_exp_a,
    Q_exp_a2,
    Q_w,
    Q_u,
    Q_exp_w,
    Q_d_h_later,
    Q_d_y,
    Q_d_a_later,
    Q_d_b_later,
    Q_d_p_later,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_a_prev,
    Q_d_b_prev,
    Q_d_p_prev,
    Q_d_x,
    Q_d_a_r,
    Q_d_k,
    Q_d_v,
    Q_d_w,
    Q_d_u
};

static const Quantity quantities[] = {
    [Q_a_r_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_r_},
    [Q_k_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_r_},
    [Q_v_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_r_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_a_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_a_prev},
    [Q_b_prev] = {BEFORE, HIDDEN_SIZE, 0, 2, 0, Q_b_prev},
    [Q_p_prev] = {BEFORE, HIDDEN_SIZE, 0, 3, 0, Q_p_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_a] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_a},
    [Q_b] = {AFTER, HIDDEN_SIZE, 0, 2, 0, Q_b},
    [Q_p] = {AFTER, HIDDEN_SIZE, 0, 3, 0, Q_p},
    [Q_k] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_k},
    [Q_v] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_k},
    [Q_r] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_k},
    [Q_exp_h] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_k},
    [Q_exp_h2] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_k},
    [Q_s] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_k},
    [Q_exp_a] = {PANEL, HIDDEN_SIZE, 1, 6, 0, Q_k},
    [Q_exp_a2] = {PANEL, HIDDEN_SIZE, 1, 7, 0, Q_k},
    [Q_w] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_w},
    [Q_u] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_u},
    [Q_exp_w] = {FIXED, HIDDEN_SIZE, 0, 2, 0, Q_exp_w},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_a_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_a_later},
    [Q_d_b_later] = {LATER, HIDDEN_SIZE, 0, 2, 0, Q_d_b_later},
    [Q_d_p_later] = {LATER, HIDDEN_SIZE, 0, 3, 0, Q_d_p_later},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 1, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_a_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_a_prev},
    [Q_d_b_prev] = {EARLIER, HIDDEN_SIZE, 0, 2, 0, Q_d_b_prev},
    [Q_d_p_prev] = {EARLIER, HIDDEN_SIZE, 0, 3, 0, Q_d_p_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_r] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_r},
    [Q_d_k] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_k},
    [Q_d_v] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_v},
    [Q_d_w] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_w},
    [Q_d_u] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_u},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec w = fixed(Q_w);
        for (long row = 0; row < rows; row++) {
            const vec exp_w = vrate(w);
            put(Q_exp_w, exp_w);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec u = fixed(Q_u);
        const vec exp_w = fixed(Q_exp_w);
        for (long row = 0; row < rows; row++) {
            const vec p_prev = get(Q_p_prev);
            const vec a_prev = get(Q_a_prev);
            const vec b_prev = get(Q_b_prev);
            const vec a_r = get(Q_a_r_);
            const vec k = get(Q_k_);
            const vec v = get(Q_v_);
            const vec r = vsigmoid(a_r);
            const vec q = maximum(p_prev, u + k);
            const vec exp_h = vexp(p_prev - q);
            const vec exp_h2 = vexp(u + k - q);
            const vec h = r * (exp_h * a_prev + exp_h2 * v) / (exp_h * b_prev + exp_h2);
            const vec s = p_prev - exp_w;
            const vec p = maximum(k, s);
            const vec exp_a = vexp(s - p);
            const vec exp_a2 = vexp(k - p);
            const vec a = exp_a * a_prev + exp_a2 * v;
            const vec b = exp_a * b_prev + exp_a2;
            put(Q_h, h);
            put(Q_p, p);
            put(Q_a, a);
            put(Q_b, b);
            if (keep) {
                put(Q_k, k);
                put(Q_v, v);
                put(Q_r, r);
                put(Q_exp_h, exp_h);
                put(Q_exp_h2, exp_h2);
                put(Q_s, s);
                put(Q_exp_a, exp_a);
                put(Q_exp_a2, exp_a2);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec u = fixed(Q_u);
        const vec exp_w = fixed(Q_exp_w);
        vec d_w = splat(0);
        vec d_u = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec v = get(Q_v);
            const vec exp_a2 = get(Q_exp_a2);
            const vec a_prev = get(Q_a_prev);
            const vec exp_a = get(Q_exp_a);
            const vec b_prev = get(Q_b_prev);
            const vec k = get(Q_k);
            const vec s = get(Q_s);
            const vec r = get(Q_r);
            const vec h = get(Q_h);
            const vec exp_h = get(Q_exp_h);
            const vec exp_h2 = get(Q_exp_h2);
            const vec p_prev = get(Q_p_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_a = get(Q_d_a_later);
            const vec d_b = get(Q_d_b_later);
            const vec d_p_next = get(Q_d_p_later);
            const vec d_a_exp_a2 = d_a * v * exp_a2 + d_b * exp_a2;
            const vec d_a_exp_a = d_a * a_prev * exp_a + d_b * b_prev * exp_a;
            const vec d_p = d_p_next - d_a_exp_a - d_a_exp_a2;
            const vec d_s = where(k > s, splat(R(0)), where(k < s, d_p, R(0.5) * d_p)) + d_a_exp_a;
            const vec d_exp_w = -d_s;
            const vec d_a_exp_h2 = d_h * (r * v - h) / (exp_h * b_prev + exp_h2) * exp_h2;
            const vec d_a_exp_h = d_h * (r * a_prev - h * b_prev) / (exp_h * b_prev + exp_h2) * exp_h;
            const vec d_q = -d_a_exp_h - d_a_exp_h2;
            const vec d_v = d_h * r * exp_h2 / (exp_h * b_prev + exp_h2) + d_a * exp_a2;
            const vec d_k = where(p_prev > u + k, splat(R(0)), where(p_prev < u + k, d_q, R(0.5) * d_q)) + d_a_exp_h2 + where(k > s, d_p, where(k < s, splat(R(0)), R(0.5) * d_p)) + d_a_exp_a2;
            const vec d_a_r = r * (R(1) - r) * d_h * (exp_h * a_prev + exp_h2 * v) / (exp_h * b_prev + exp_h2);
            const vec d_h_prev = splat(R(0));
            const vec d_a_prev = d_h * r * exp_h / (exp_h * b_prev + exp_h2) + d_a * exp_a;
            const vec d_b_prev = d_b * exp_a - d_h * h * exp_h / (exp_h * b_prev + exp_h2);
            const vec d_p_prev = where(p_prev > u + k, d_q, where(p_prev < u + k, splat(R(0)), R(0.5) * d_q)) + d_a_exp_h + d_s;
            d_w += d_exp_w * exp_w;
            d_u += where(p_prev > u + k, splat(R(0)), where(p_prev < u + k, d_q, R(0.5) * d_q));
            d_u += d_a_exp_h2;
            put(Q_d_v, d_v);
            put(Q_d_k, d_k);
            put(Q_d_a_r, d_a_r);
            put(Q_d_h_prev, d_h_prev);
            put(Q_d_a_prev, d_a_prev);
            put(Q_d_b_prev, d_b_prev);
            put(Q_d_p_prev, d_p_prev);
        }
        add(Q_d_w, d_w);
        add(Q_d_u, d_u);
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
    {HIDDEN_SIZE, 0},
    {HIDDEN_SIZE, 0},
    {HIDDEN_SIZE, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 3, 0, 0},
    {"w", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"u", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 3, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 0, 3, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 3},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, HIDDEN_SIZE, 1, 0},
    {OF_TENSOR, HIDDEN_SIZE, 2, 0},
    {COMPUTED, HIDDEN_SIZE, 0, 0},
};

static const Bias biases[] = {
    {0},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 3, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_r, Q_x}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {2, 0, 1, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {HIDDEN_SIZE, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 1, 0, (const short[]){Q_a_r_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{1, 1, -1, 0, 3, (const short[]){Q_d_a_r, Q_d_k, Q_d_v}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "rwkv",
    .quantities = 38,
    .forward_quantities = 22,
    .states = 4,
    .inputs = 1,
    .axes = 4,
    .tensors = 3,
    .constants = 0,
    .packs = 2,
    .buffers = 2,
    .fixed = 3,
    .biases = 0,
    .early = 1,
    .outers = 1,
    .totals = 2,
    .sums = 2,
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
