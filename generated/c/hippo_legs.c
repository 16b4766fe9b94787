/* Of hippo_legs.py as it was written, SHA-256 ade88f31b43df34991d8e86fbe11dbdba4506fd16d97efc6b490aedf06922f02 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * HiPPO-LegS. One time step:
 *
 *     uₜ = W_iu xₜ
 *     tₜ = tₜ₋₁ + 1
 *     hₜ = hₜ₋₁ + (B uₜ − A hₜ₋₁)/tₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_u_1_,
    Q_x,
    Q_h_prev,
    Q_t_prev,
    Q_h,
    Q_t,
    Q_read_A_h,
    Q_u_1,
    Q_u,
    Q_A,
    Q_B,
    Q_d_h_later,
    Q_d_y,
    Q_d_t_later,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_t_prev,
    Q_d_x,
    Q_d_u,
    Q_d_h,
    Q_d_read_A_h,
    Q_a_24,
    Q_a_26
};

enum { SIZE_1 = NAMED, SIZE_hidden_size_hidden_size };

static const Quantity quantities[] = {
    [Q_u_1_] = {EARLY, SIZE_1, 0, 0, 0, Q_u_1_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_t_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_t_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_t] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_t},
    [Q_read_A_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_read_A_h},
    [Q_u_1] = {PANEL, SIZE_1, 0, 0, 0, Q_u_1},
    [Q_u] = {PANEL, ONE, 1, 0, 0, Q_u},
    [Q_A] = {FIXED, SIZE_hidden_size_hidden_size, 0, 0, 0, Q_A},
    [Q_B] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_B},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_t_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_t_later},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 1, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_t_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_t_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_u] = {ROW, ONE, 1, 0, 0, Q_d_u},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_read_A_h] = {ROW, HIDDEN_SIZE, 0, 0, 0, Q_d_read_A_h},
    [Q_a_24] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_d_h},
    [Q_a_26] = {ROW, HIDDEN_SIZE, 0, 1, 0, Q_a_26},
};

/* Stage 1 of a time step, panels of 1. */
static void step_1_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec u_1 = get(Q_u_1_);
            put(Q_u_1, u_1);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec t_prev = get(Q_t_prev);
            const vec t = t_prev + R(1);
            put(Q_t, t);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec B = fixed(Q_B);
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec u = get(Q_u);
            const vec read_A_h = get(Q_read_A_h);
            const vec t = get(Q_t);
            const vec h = h_prev + (B * u - read_A_h) / t;
            put(Q_h, h);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec B = fixed(Q_B);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec t = get(Q_t);
            const vec u = get(Q_u);
            const vec read_A_h = get(Q_read_A_h);
            const vec d_h = d_h_later + d_y;
            const vec d_t_next = get(Q_d_t_later);
            const vec d_read_A_h = -d_h / t;
            const vec a_24 = d_h * B / t;
            const vec d_t_prev = d_t_next - d_h * (B * u - read_A_h) / power(t, 2);
            put(Q_d_h, d_h);
            put(Q_d_read_A_h, d_read_A_h);
            put(Q_a_24, a_24);
            put(Q_d_t_prev, d_t_prev);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec a_26 = get(Q_a_26);
            const vec d_h_prev = d_h + a_26;
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of inputs. */
static void back_3_inputs(const At *restrict at, long first, long end, long rows, int keep)
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
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_i_", ONE, INPUT_SIZE, ONE, 1, 0, 0},
    {"A", SIZE_hidden_size_hidden_size, ONE, ONE, 1, 0, 1},
    {"B", HIDDEN_SIZE, ONE, ONE, 1, 0, 1},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, ONE, INPUT_SIZE},
    {0, 0, 1, 1, 0, INPUT_SIZE, ONE},
};

static const Buffer buffers[] = {
    {SIZE_1, 1, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, SIZE_hidden_size_hidden_size, 1, 0},
    {OF_TENSOR, HIDDEN_SIZE, 2, 0},
};

static const Bias biases[] = {
    {0},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, ONE, INPUT_SIZE, (const Factors[]){{Q_d_u, Q_x}}},
};

static const Total totals[] = {
    {0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {1, 2, (const Reduction[]){{CONTRACTION, Q_read_A_h, 2, (const short[]){Q_A, Q_h_prev}, 2, (const Loop[]){{HIDDEN_SIZE, {1, 2, 0}}, {HIDDEN_SIZE, {0, 1, 1}}}}}, (const Group[]){{SIZE_1, 0, 0, 1, 0, (const short[]){Q_u_1_}, step_1_1}, {HIDDEN_SIZE, 0, 0, 0, 0, 0, step_1}}},
    {1, 1, (const Reduction[]){{SUM_OF, Q_u, 1, (const short[]){Q_u_1}, 0, 0}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {2, 1, (const Reduction[]){{SUM_OF, Q_d_u, 1, (const short[]){Q_a_24}, 0, 0}, {CONTRACTION, Q_a_26, 2, (const short[]){Q_d_read_A_h, Q_A}, 2, (const Loop[]){{HIDDEN_SIZE, {0, 1, 2}}, {HIDDEN_SIZE, {1, 0, 1}}}}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_2}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_d_u}}}, (const short[]){Q_d_x_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    "1",
    "hidden_size*hidden_size",
};

const Cell derive_cell = {
    .name = "hippo_legs",
    .quantities = 23,
    .forward_quantities = 11,
    .states = 2,
    .inputs = 1,
    .axes = 6,
    .tensors = 3,
    .constants = 0,
    .packs = 2,
    .buffers = 2,
    .fixed = 2,
    .biases = 0,
    .early = 1,
    .outers = 1,
    .totals = 0,
    .sums = 0,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 0,
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
