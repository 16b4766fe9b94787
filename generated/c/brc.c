/* Of brc.py as it was written, SHA-256 93cc1c7986056659578941d231cec47691f8a60f9169738bb5ae4e56fe41bf48 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Bistable recurrent cell. One time step:
 *
 *     aₜ = 1 + tanh(W_ia xₜ + b_ia + w_a ⊙ hₜ₋₁)
 *     cₜ = σ(W_ic xₜ + b_ic + w_c ⊙ hₜ₋₁)
 *     hₜ = cₜ ⊙ hₜ₋₁ + (1 − cₜ) ⊙ tanh(W_ih xₜ + b_ih + aₜ ⊙ hₜ₋₁)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_a_,
    Q_a_c_,
    Q_a_h_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_tanh_a,
    Q_a,
    Q_c,
    Q_tanh_h,
    Q_w_a,
    Q_w_c,
    Q_d_h_later,
    Q_d_y,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_a,
    Q_d_a_c,
    Q_d_a_h,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1,
    Q_d_bias_ih_2,
    Q_d_w_a,
    Q_d_w_c
};

static const Quantity quantities[] = {
    [Q_a_a_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_a_},
    [Q_a_c_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_a_},
    [Q_a_h_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_a_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_tanh_a] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_tanh_a},
    [Q_a] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_tanh_a},
    [Q_c] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_tanh_a},
    [Q_tanh_h] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_tanh_a},
    [Q_w_a] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_w_a},
    [Q_w_c] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_w_c},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 1, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_a] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_a},
    [Q_d_a_c] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_c},
    [Q_d_a_h] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_h},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_1},
    [Q_d_bias_ih_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_ih_2},
    [Q_d_w_a] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_w_a},
    [Q_d_w_c] = {SUM, HIDDEN_SIZE, 0, 4, 0, Q_d_w_c},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec w_a = fixed(Q_w_a);
        const vec w_c = fixed(Q_w_c);
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_a = get(Q_a_a_);
            const vec a_c = get(Q_a_c_);
            const vec a_h = get(Q_a_h_);
            const vec tanh_a = vtanh(a_a + w_a * h_prev);
            const vec a = R(1) + tanh_a;
            const vec c = vsigmoid(a_c + w_c * h_prev);
            const vec tanh_h = vtanh(a_h + a * h_prev);
            const vec h = c * h_prev + (R(1) - c) * tanh_h;
            put(Q_h, h);
            if (keep) {
                put(Q_tanh_a, tanh_a);
                put(Q_a, a);
                put(Q_c, c);
                put(Q_tanh_h, tanh_h);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec w_a = fixed(Q_w_a);
        const vec w_c = fixed(Q_w_c);
        vec d_bias_ih_0 = splat(0);
        vec d_bias_ih_1 = splat(0);
        vec d_bias_ih_2 = splat(0);
        vec d_w_a = splat(0);
        vec d_w_c = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec c = get(Q_c);
            const vec tanh_h = get(Q_tanh_h);
            const vec h_prev = get(Q_h_prev);
            const vec tanh_a = get(Q_tanh_a);
            const vec a = get(Q_a);
            const vec d_h = d_h_later + d_y;
            const vec d_a_h = d_h * (R(1) - c) * (R(1) - power(tanh_h, 2));
            const vec d_a_c = c * (R(1) - c) * d_h * (h_prev - tanh_h);
            const vec d_a_a = (R(1) - power(tanh_a, 2)) * d_a_h * h_prev;
            const vec d_h_prev = d_a_a * w_a + d_a_c * w_c + d_a_h * a + d_h * c;
            d_bias_ih_0 += d_a_a;
            d_bias_ih_1 += d_a_c;
            d_bias_ih_2 += d_a_h;
            d_w_a += d_a_a * h_prev;
            d_w_c += d_a_c * h_prev;
            put(Q_d_a_h, d_a_h);
            put(Q_d_a_c, d_a_c);
            put(Q_d_a_a, d_a_a);
            put(Q_d_h_prev, d_h_prev);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
        add(Q_d_bias_ih_2, d_bias_ih_2);
        add(Q_d_w_a, d_w_a);
        add(Q_d_w_c, d_w_c);
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
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 3, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 3, 0, 0},
    {"w_a", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"w_c", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
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
    {OF_TENSOR, HIDDEN_SIZE, 2, 0},
    {OF_TENSOR, HIDDEN_SIZE, 3, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 3, 1, (const Summand[]){{1, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 3, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_a, Q_x}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {1, 1, 1, HIDDEN_SIZE, 0, 0},
    {1, 2, 2, HIDDEN_SIZE, 0, 0},
    {2, 0, 3, HIDDEN_SIZE, 0, 0},
    {3, 0, 4, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 1, 0, (const short[]){Q_a_a_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{1, 1, -1, 0, 3, (const short[]){Q_d_a_a, Q_d_a_c, Q_d_a_h}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "brc",
    .quantities = 25,
    .forward_quantities = 12,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 4,
    .constants = 0,
    .packs = 2,
    .buffers = 2,
    .fixed = 2,
    .biases = 1,
    .early = 1,
    .outers = 1,
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
