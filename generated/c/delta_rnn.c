/* Of delta_rnn.py as it was written, SHA-256 e4cb2a52cc46f380c5adbb43d575cdd672958d81a8c5ea29162a78654d8a6e2c */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Delta-RNN. One time step:
 *
 *     uₜ = W_iu xₜ
 *     vₜ = W_hv hₜ₋₁
 *     zₜ = tanh(α ⊙ vₜ ⊙ uₜ + β_1 ⊙ vₜ + β_2 ⊙ uₜ + b)
 *     rₜ = σ(uₜ + b_r)
 *     hₜ = tanh((1 − rₜ) ⊙ zₜ + rₜ ⊙ hₜ₋₁)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_u_,
    Q_v_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_u,
    Q_r,
    Q_v,
    Q_z,
    Q_alpha,
    Q_beta_1,
    Q_beta_2,
    Q_b,
    Q_b_r,
    Q_d_h_later,
    Q_d_y,
    Q_a_42_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_u,
    Q_d_v,
    Q_d_a_h,
    Q_d_alpha,
    Q_d_beta_1,
    Q_d_beta_2,
    Q_d_b,
    Q_d_b_r
};

static const Quantity quantities[] = {
    [Q_u_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_u_},
    [Q_v_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_v_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_u] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_u},
    [Q_r] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_u},
    [Q_v] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_u},
    [Q_z] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_u},
    [Q_alpha] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_alpha},
    [Q_beta_1] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_beta_1},
    [Q_beta_2] = {FIXED, HIDDEN_SIZE, 0, 2, 0, Q_beta_2},
    [Q_b] = {FIXED, HIDDEN_SIZE, 0, 3, 0, Q_b},
    [Q_b_r] = {FIXED, HIDDEN_SIZE, 0, 4, 0, Q_b_r},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_a_42_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_42_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 3, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_u] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_u},
    [Q_d_v] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_v},
    [Q_d_a_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_a_h},
    [Q_d_alpha] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_alpha},
    [Q_d_beta_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_beta_1},
    [Q_d_beta_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_beta_2},
    [Q_d_b] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_b},
    [Q_d_b_r] = {SUM, HIDDEN_SIZE, 0, 4, 0, Q_d_b_r},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec b_r = fixed(Q_b_r);
        const vec alpha = fixed(Q_alpha);
        const vec beta_1 = fixed(Q_beta_1);
        const vec beta_2 = fixed(Q_beta_2);
        const vec b = fixed(Q_b);
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec u = get(Q_u_);
            const vec r = vsigmoid(u + b_r);
            const vec v = get(Q_v_);
            const vec z = vtanh(alpha * v * u + beta_1 * v + beta_2 * u + b);
            const vec h = vtanh((R(1) - r) * z + r * h_prev);
            put(Q_h, h);
            if (keep) {
                put(Q_u, u);
                put(Q_r, r);
                put(Q_v, v);
                put(Q_z, z);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec alpha = fixed(Q_alpha);
        const vec beta_1 = fixed(Q_beta_1);
        const vec beta_2 = fixed(Q_beta_2);
        vec d_alpha = splat(0);
        vec d_beta_1 = splat(0);
        vec d_beta_2 = splat(0);
        vec d_b = splat(0);
        vec d_b_r = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec h = get(Q_h);
            const vec r = get(Q_r);
            const vec h_prev = get(Q_h_prev);
            const vec z = get(Q_z);
            const vec u = get(Q_u);
            const vec v = get(Q_v);
            const vec d_h = d_h_later + d_y;
            const vec d_a_h = d_h * (R(1) - power(h, 2));
            const vec d_a_r = r * (R(1) - r) * d_a_h * (h_prev - z);
            const vec d_a_z = d_a_h * (R(1) - r) * (R(1) - power(z, 2));
            const vec d_v = d_a_z * (alpha * u + beta_1);
            const vec d_u = d_a_z * (alpha * v + beta_2) + d_a_r;
            d_alpha += d_a_z * v * u;
            d_beta_1 += d_a_z * v;
            d_beta_2 += d_a_z * u;
            d_b += d_a_z;
            d_b_r += d_a_r;
            put(Q_d_a_h, d_a_h);
            put(Q_d_v, d_v);
            put(Q_d_u, d_u);
        }
        add(Q_d_alpha, d_alpha);
        add(Q_d_beta_1, d_beta_1);
        add(Q_d_beta_2, d_beta_2);
        add(Q_d_b, d_b);
        add(Q_d_b_r, d_b_r);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_a_h = get(Q_d_a_h);
            const vec r = get(Q_r);
            const vec a_42_ = get(Q_a_42_);
            const vec d_h_prev = d_a_h * r + a_42_;
            put(Q_d_h_prev, d_h_prev);
        }
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
    {HIDDEN_SIZE, 1, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"alpha", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"beta_1", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"beta_2", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"b", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"b_r", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, HIDDEN_SIZE, 2, 0},
    {OF_TENSOR, HIDDEN_SIZE, 3, 0},
    {OF_TENSOR, HIDDEN_SIZE, 4, 0},
    {OF_TENSOR, HIDDEN_SIZE, 5, 0},
    {OF_TENSOR, HIDDEN_SIZE, 6, 0},
};

static const Bias biases[] = {
    {0},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_u, Q_x}}},
    {1, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_v, Q_h_prev}}},
};

static const Total totals[] = {
    {2, 0, 0, HIDDEN_SIZE, 0, 0},
    {3, 0, 1, HIDDEN_SIZE, 0, 0},
    {4, 0, 2, HIDDEN_SIZE, 0, 0},
    {5, 0, 3, HIDDEN_SIZE, 0, 0},
    {6, 0, 4, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_u_, Q_v_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 2, -1, 0, 1, (const short[]){Q_d_v}}}, (const short[]){Q_a_42_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_d_u}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "delta_rnn",
    .quantities = 28,
    .forward_quantities = 14,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 7,
    .constants = 0,
    .packs = 4,
    .buffers = 4,
    .fixed = 5,
    .biases = 0,
    .early = 1,
    .outers = 2,
    .totals = 5,
    .sums = 5,
    .reads_input = 0,
    .waits = 0,
    .parameter_groups = 0,
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
