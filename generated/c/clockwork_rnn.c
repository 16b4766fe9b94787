/* Of clockwork_rnn.py as it was written, SHA-256 3176d6d7e15c43febb8c640534e7c3b402d551ead2e76033d95248267b08a913 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Clockwork recurrent network. One time step:
 *
 *     tₜ = tₜ₋₁ + 1
 *     aₜ = W_ia xₜ + b_ia + (M ⊙ W) hₜ₋₁
 *     hₜ = {tanh(aₜ) if tₜ − T ⊙ floor(tₜ/T) < 1; hₜ₋₁ otherwise}
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_a_,
    Q_x,
    Q_h_prev,
    Q_t_prev,
    Q_h,
    Q_t,
    Q_read_v_a_h,
    Q_tanh_a,
    Q_floor_h,
    Q_W,
    Q_M,
    Q_T,
    Q_v_a,
    Q_d_h_later,
    Q_d_y,
    Q_d_t_later,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_t_prev,
    Q_d_x,
    Q_d_a_a,
    Q_d_h,
    Q_d_a,
    Q_d_v_a,
    Q_a_31,
    Q_d_bias_ih,
    Q_d_W
};

enum { SIZE_hidden_size_hidden_size = NAMED };

static const Quantity quantities[] = {
    [Q_a_a_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_a_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_t_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_t_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_t] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_t},
    [Q_read_v_a_h] = {ROW, HIDDEN_SIZE, 0, 0, 0, Q_read_v_a_h},
    [Q_tanh_a] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_tanh_a},
    [Q_floor_h] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_tanh_a},
    [Q_W] = {FIXED, SIZE_hidden_size_hidden_size, 0, 0, 0, Q_W},
    [Q_M] = {FIXED, SIZE_hidden_size_hidden_size, 0, 1, 0, Q_M},
    [Q_T] = {FIXED, HIDDEN_SIZE, 0, 2, 0, Q_T},
    [Q_v_a] = {FIXED, SIZE_hidden_size_hidden_size, 0, 3, 0, Q_v_a},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_t_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_t_later},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 1, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_t_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_t_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_a] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_a},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_a] = {ROW, HIDDEN_SIZE, 0, 1, 0, Q_d_a},
    [Q_d_v_a] = {ROW, SIZE_hidden_size_hidden_size, 0, 0, 0, Q_d_v_a},
    [Q_a_31] = {ROW, HIDDEN_SIZE, 0, 2, 0, Q_a_31},
    [Q_d_bias_ih] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih},
    [Q_d_W] = {SUM, SIZE_hidden_size_hidden_size, 0, 1, 0, Q_d_W},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec M = fixed(Q_M);
        const vec W = fixed(Q_W);
        for (long row = 0; row < rows; row++) {
            const vec v_a = M * W;
            put(Q_v_a, v_a);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec T = fixed(Q_T);
        for (long row = 0; row < rows; row++) {
            const vec t_prev = get(Q_t_prev);
            const vec read_v_a_h = get(Q_read_v_a_h);
            const vec h_prev = get(Q_h_prev);
            const vec a_a = get(Q_a_a_);
            const vec t = t_prev + R(1);
            const vec a = a_a + read_v_a_h;
            const vec tanh_a = vtanh(a);
            const vec floor_h = vfloor(t / T);
            const vec h = where(t - T * floor_h < splat(R(1)), tanh_a, h_prev);
            put(Q_t, t);
            put(Q_h, h);
            if (keep) {
                put(Q_tanh_a, tanh_a);
                put(Q_floor_h, floor_h);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec T = fixed(Q_T);
        vec d_bias_ih = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec t = get(Q_t);
            const vec floor_h = get(Q_floor_h);
            const vec tanh_a = get(Q_tanh_a);
            const vec d_h = d_h_later + d_y;
            const vec d_a = d_h * where(t - T * floor_h < splat(R(1)), splat(R(1)), splat(R(0))) * (R(1) - power(tanh_a, 2));
            const vec d_a_a = d_a;
            const vec d_t_prev = get(Q_d_t_later);
            d_bias_ih += d_a_a;
            put(Q_d_h, d_h);
            put(Q_d_a, d_a);
            put(Q_d_a_a, d_a_a);
            put(Q_d_t_prev, d_t_prev);
        }
        add(Q_d_bias_ih, d_bias_ih);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec T = fixed(Q_T);
        for (long row = 0; row < rows; row++) {
            const vec t = get(Q_t);
            const vec floor_h = get(Q_floor_h);
            const vec d_h = get(Q_d_h);
            const vec a_31 = get(Q_a_31);
            const vec d_h_prev = where(t - T * floor_h < splat(R(1)), splat(R(0)), d_h) + a_31;
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

/* Stage 2 of a time step backwards, panels of hidden_size by hidden_size. */
static void back_2_hidden_size_hidden_size(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec M = fixed(Q_M);
        vec d_W = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_v_a = get(Q_d_v_a);
            d_W += d_v_a * M;
        }
        add(Q_d_W, d_W);
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"W", SIZE_hidden_size_hidden_size, ONE, ONE, 1, 0, 0},
    {"M", SIZE_hidden_size_hidden_size, ONE, ONE, 1, 0, 1},
    {"T", HIDDEN_SIZE, ONE, ONE, 1, 0, 1},
};

static const char *const constants[] = {
    "groups",
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, SIZE_hidden_size_hidden_size, 2, 0},
    {OF_TENSOR, SIZE_hidden_size_hidden_size, 3, 0},
    {OF_TENSOR, HIDDEN_SIZE, 4, 0},
    {COMPUTED, SIZE_hidden_size_hidden_size, 0, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{1, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_a, Q_x}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {2, 0, 1, SIZE_hidden_size_hidden_size, 0, 0},
};

static const Group parameter_groups[] = {
    {SIZE_hidden_size_hidden_size, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {1, 1, (const Reduction[]){{CONTRACTION, Q_read_v_a_h, 2, (const short[]){Q_v_a, Q_h_prev}, 2, (const Loop[]){{HIDDEN_SIZE, {1, 2, 0}}, {HIDDEN_SIZE, {0, 1, 1}}}}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 1, 0, (const short[]){Q_a_a_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {2, 3, (const Reduction[]){{CONTRACTION, Q_d_v_a, 2, (const short[]){Q_d_a, Q_h_prev}, 2, (const Loop[]){{HIDDEN_SIZE, {2, 1, 0}}, {HIDDEN_SIZE, {1, 0, 1}}}}, {CONTRACTION, Q_a_31, 2, (const short[]){Q_d_a, Q_v_a}, 2, (const Loop[]){{HIDDEN_SIZE, {0, 1, 2}}, {HIDDEN_SIZE, {1, 0, 1}}}}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_d_a_a}}}, (const short[]){Q_d_x_}, back_2_inputs}, {SIZE_hidden_size_hidden_size, 0, 0, 0, 0, 0, back_2_hidden_size_hidden_size}}},
};

static const char *const sizes[] = {
    "hidden_size*hidden_size",
};

const Cell derive_cell = {
    .name = "clockwork_rnn",
    .quantities = 27,
    .forward_quantities = 13,
    .states = 2,
    .inputs = 1,
    .axes = 5,
    .tensors = 5,
    .constants = 1,
    .packs = 2,
    .buffers = 2,
    .fixed = 4,
    .biases = 1,
    .early = 1,
    .outers = 1,
    .totals = 2,
    .sums = 2,
    .reads_input = 0,
    .waits = 1,
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
