/* Of echo_state.py as it was written, SHA-256 99c07173d1a222799402174009701aa3366345d45c2f1ae6dd0b4a3d8b1e73c6 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Echo state network, leaky. One time step:
 *
 *     hₜ = (1 − α) hₜ₋₁ + α tanh(U xₜ + W hₜ₋₁)
 *     yₜ = W_iy xₜ + W_hy hₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_,
    Q_x,
    Q_h_prev,
    Q_y,
    Q_h,
    Q_read_U_x,
    Q_read_W_h,
    Q_tanh_h,
    Q_W,
    Q_U,
    Q_alpha,
    Q_d_y_later,
    Q_d_y2,
    Q_d_h_later,
    Q_a_37_,
    Q_a_38_,
    Q_d_y_prev,
    Q_d_h_prev,
    Q_d_x,
    Q_d_y,
    Q_d_h_next,
    Q_d_h,
    Q_d_read_U_x,
    Q_a_38,
    Q_a_26,
    Q_a_27
};

enum { SIZE_hidden_size_hidden_size = NAMED, SIZE_hidden_size_input_size };

static const Quantity quantities[] = {
    [Q_a_x_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_h_prev},
    [Q_y] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_y},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_h},
    [Q_read_U_x] = {ROW, HIDDEN_SIZE, 0, 0, 0, Q_read_U_x},
    [Q_read_W_h] = {ROW, HIDDEN_SIZE, 0, 1, 0, Q_read_W_h},
    [Q_tanh_h] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_tanh_h},
    [Q_W] = {FIXED, SIZE_hidden_size_hidden_size, 0, 0, 0, Q_W},
    [Q_U] = {FIXED, SIZE_hidden_size_input_size, 0, 1, 0, Q_U},
    [Q_alpha] = {FIXED, ONE, 0, 2, 0, Q_alpha},
    [Q_d_y_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_y_later},
    [Q_d_y2] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y2},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_h_later},
    [Q_a_37_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_37_},
    [Q_a_38_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_a_38_},
    [Q_d_y_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_y_prev},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_y] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_y},
    [Q_d_h_next] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h_next},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_d_h_next},
    [Q_d_read_U_x] = {ROW, HIDDEN_SIZE, 0, 2, 0, Q_d_read_U_x},
    [Q_a_38] = {PANEL, INPUT_SIZE, 0, 0, 0, Q_a_38},
    [Q_a_26] = {ROW, HIDDEN_SIZE, 0, 3, 0, Q_a_26},
    [Q_a_27] = {ROW, INPUT_SIZE, 0, 0, 0, Q_a_27},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec alpha = fixed(Q_alpha);
        for (long row = 0; row < rows; row++) {
            const vec read_U_x = get(Q_read_U_x);
            const vec read_W_h = get(Q_read_W_h);
            const vec h_prev = get(Q_h_prev);
            const vec tanh_h = vtanh(read_U_x + read_W_h);
            const vec h = (R(1) - alpha) * h_prev + alpha * tanh_h;
            put(Q_h, h);
            if (keep) {
                put(Q_tanh_h, tanh_h);
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
            const vec y = get(Q_a_x_);
            put(Q_y, y);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_y2 = get(Q_d_y2);
            const vec d_y_later = get(Q_d_y_later);
            const vec d_y = d_y2 + d_y_later;
            const vec d_h_next = get(Q_d_h_later);
            const vec d_y_prev = splat(R(0));
            put(Q_d_y, d_y);
            put(Q_d_h_next, d_h_next);
            put(Q_d_y_prev, d_y_prev);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec alpha = fixed(Q_alpha);
        for (long row = 0; row < rows; row++) {
            const vec d_h_next = get(Q_d_h_next);
            const vec a_37_ = get(Q_a_37_);
            const vec tanh_h = get(Q_tanh_h);
            const vec d_h = d_h_next + a_37_;
            const vec d_read_U_x = d_h * alpha * (R(1) - power(tanh_h, 2));
            put(Q_d_h, d_h);
            put(Q_d_read_U_x, d_read_U_x);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of inputs. */
static void back_2_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_38 = get(Q_a_38_);
            put(Q_a_38, a_38);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec alpha = fixed(Q_alpha);
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec a_26 = get(Q_a_26);
            const vec d_h_prev = d_h * (R(1) - alpha) + a_26;
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
            const vec a_27 = get(Q_a_27);
            const vec a_38 = get(Q_a_38);
            const vec d_x = a_27 + a_38;
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1},
    {HIDDEN_SIZE, 1, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"W", SIZE_hidden_size_hidden_size, ONE, ONE, 1, 0, 1},
    {"U", SIZE_hidden_size_input_size, ONE, ONE, 1, 0, 1},
};

static const char *const constants[] = {
    "alpha",
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
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, SIZE_hidden_size_hidden_size, 2, 0},
    {OF_TENSOR, SIZE_hidden_size_input_size, 3, 0},
    {OF_CONSTANT, ONE, 0, 0},
};

static const Bias biases[] = {
    {0},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_y, Q_x}}},
    {1, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_y, Q_h}}},
};

static const Total totals[] = {
    {0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {2, 1, (const Reduction[]){{CONTRACTION, Q_read_U_x, 2, (const short[]){Q_U, Q_x}, 2, (const Loop[]){{HIDDEN_SIZE, {1, 2, 0}}, {INPUT_SIZE, {0, 1, 1}}}}, {CONTRACTION, Q_read_W_h, 2, (const short[]){Q_W, Q_h_prev}, 2, (const Loop[]){{HIDDEN_SIZE, {1, 2, 0}}, {HIDDEN_SIZE, {0, 1, 1}}}}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h}}}, (const short[]){Q_a_x_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 1, (const short[]){Q_d_y}}}, (const short[]){Q_a_37_}, back_2}, {INPUT_SIZE, 0, 1, 1, (const Product[]){{2, 3, -1, 0, 1, (const short[]){Q_d_y}}}, (const short[]){Q_a_38_}, back_2_inputs}}},
    {2, 2, (const Reduction[]){{CONTRACTION, Q_a_26, 2, (const short[]){Q_d_read_U_x, Q_W}, 2, (const Loop[]){{HIDDEN_SIZE, {0, 1, 2}}, {HIDDEN_SIZE, {1, 0, 1}}}}, {CONTRACTION, Q_a_27, 2, (const short[]){Q_d_read_U_x, Q_U}, 2, (const Loop[]){{HIDDEN_SIZE, {0, 1, 2}}, {INPUT_SIZE, {1, 0, 1}}}}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_3}, {INPUT_SIZE, 0, 0, 0, 0, 0, back_3_inputs}}},
};

static const char *const sizes[] = {
    "hidden_size*hidden_size",
    "hidden_size*input_size",
};

const Cell derive_cell = {
    .name = "echo_state",
    .quantities = 26,
    .forward_quantities = 11,
    .states = 2,
    .inputs = 1,
    .axes = 6,
    .tensors = 4,
    .constants = 1,
    .packs = 4,
    .buffers = 3,
    .fixed = 3,
    .biases = 0,
    .early = 1,
    .outers = 2,
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
