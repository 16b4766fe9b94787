/* Of context_gru.py as it was written, SHA-256 9c0d2670a7ff86d96b02aac6e9351415c6b6cfd1adbc7fd5b2d3c961a91ca036 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * GRU that reads a context. One time step:
 *
 *     zₜ = σ(W_iz xₜ + W_hz hₜ₋₁ + W_cz contextₜ + b_z)
 *     rₜ = σ(W_ir xₜ + W_hr hₜ₋₁ + W_cr contextₜ + b_r)
 *     h̃ₜ = tanh(W_ih_tilde xₜ + W_hh_tilde (rₜ ⊙ hₜ₋₁) + W_ch_tilde contextₜ + b_h_tilde)
 *     hₜ = (1 − zₜ) ⊙ hₜ₋₁ + zₜ ⊙ h̃ₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_iz_,
    Q_a_ir_,
    Q_a_ih_tilde_,
    Q_a_hz_,
    Q_a_hr_,
    Q_a_hh_tilde_,
    Q_x,
    Q_context,
    Q_h_prev,
    Q_h,
    Q_a_ih_tilde,
    Q_z,
    Q_r,
    Q_r_h,
    Q_h_tilde,
    Q_d_h_later,
    Q_d_y,
    Q_d_r_h_,
    Q_a_67_,
    Q_d_x_,
    Q_d_context_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_context,
    Q_d_a_z,
    Q_d_a_r,
    Q_d_a_h_tilde,
    Q_d_h,
    Q_d_r_h,
    Q_d_bias_0,
    Q_d_bias_2,
    Q_d_bias_1
};

enum { SIZE_context_size = NAMED };

static const Quantity quantities[] = {
    [Q_a_iz_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_iz_},
    [Q_a_ir_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_iz_},
    [Q_a_ih_tilde_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_iz_},
    [Q_a_hz_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_hz_},
    [Q_a_hr_] = {LOCAL, HIDDEN_SIZE, 0, 1, 1, Q_a_hz_},
    [Q_a_hh_tilde_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_hh_tilde_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_context] = {INPUT, SIZE_context_size, 0, 1, 0, Q_context},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_a_ih_tilde] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_a_ih_tilde},
    [Q_z] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_z},
    [Q_r] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_z},
    [Q_r_h] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_r_h},
    [Q_h_tilde] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_z},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_r_h_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_d_r_h_},
    [Q_a_67_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_a_67_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_d_x_},
    [Q_d_context_] = {LOCAL, SIZE_context_size, 0, 6, 0, Q_d_context_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_context] = {D_INPUT, SIZE_context_size, 0, 1, 0, Q_d_context},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_z},
    [Q_d_a_r] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_r},
    [Q_d_a_h_tilde] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_h_tilde},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_a_ih_tilde},
    [Q_d_r_h] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_a_ih_tilde},
    [Q_d_bias_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_0},
    [Q_d_bias_2] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_2},
    [Q_d_bias_1] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_1},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_iz = get(Q_a_iz_);
            const vec a_ir = get(Q_a_ir_);
            const vec a_ih_tilde = get(Q_a_ih_tilde_);
            const vec a_hz = get(Q_a_hz_);
            const vec a_hr = get(Q_a_hr_);
            const vec z = vsigmoid(a_iz + a_hz);
            const vec r = vsigmoid(a_ir + a_hr);
            const vec r_h = r * h_prev;
            put(Q_a_ih_tilde, a_ih_tilde);
            put(Q_z, z);
            put(Q_r_h, r_h);
            if (keep) {
                put(Q_r, r);
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
            const vec a_ih_tilde = get(Q_a_ih_tilde);
            const vec z = get(Q_z);
            const vec h_prev = get(Q_h_prev);
            const vec a_hh_tilde = get(Q_a_hh_tilde_);
            const vec h_tilde = vtanh(a_ih_tilde + a_hh_tilde);
            const vec h = (R(1) - z) * h_prev + z * h_tilde;
            put(Q_h, h);
            if (keep) {
                put(Q_h_tilde, h_tilde);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_0 = splat(0);
        vec d_bias_2 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec z = get(Q_z);
            const vec h_tilde = get(Q_h_tilde);
            const vec h_prev = get(Q_h_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_a_h_tilde = d_h * z * (R(1) - power(h_tilde, 2));
            const vec d_a_z = z * (R(1) - z) * d_h * (h_tilde - h_prev);
            d_bias_0 += d_a_z;
            d_bias_2 += d_a_h_tilde;
            put(Q_d_h, d_h);
            put(Q_d_a_h_tilde, d_a_h_tilde);
            put(Q_d_a_z, d_a_z);
        }
        add(Q_d_bias_0, d_bias_0);
        add(Q_d_bias_2, d_bias_2);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_1 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec r = get(Q_r);
            const vec h_prev = get(Q_h_prev);
            const vec d_r_h = get(Q_d_r_h_);
            const vec d_a_r = r * (R(1) - r) * d_r_h * h_prev;
            d_bias_1 += d_a_r;
            put(Q_d_r_h, d_r_h);
            put(Q_d_a_r, d_a_r);
        }
        add(Q_d_bias_1, d_bias_1);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_r_h = get(Q_d_r_h);
            const vec r = get(Q_r);
            const vec d_h = get(Q_d_h);
            const vec z = get(Q_z);
            const vec a_67_ = get(Q_a_67_);
            const vec d_h_prev = d_r_h * r + d_h * (R(1) - z) + a_67_;
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

/* Stage 3 of a time step backwards, panels of context_size. */
static void back_3_context_size(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_context = get(Q_d_context_);
            put(Q_d_context, d_context);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
    SIZE_context_size,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 3, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 3, 0, 0},
    {"weight_ch", HIDDEN_SIZE, SIZE_context_size, ONE, 3, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 3, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 3, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 3, 0, 0, HIDDEN_SIZE, SIZE_context_size},
    {1, 0, 2, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 2, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 2, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 2, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 3, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
    {2, 0, 3, 1, 0, SIZE_context_size, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 3},
    {HIDDEN_SIZE, 0, 2},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
    {SIZE_context_size, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 3, 1, (const Summand[]){{3, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 3, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_z, Q_x}}},
    {1, 0, 2, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_z, Q_h_prev}}},
    {1, 2, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_h_tilde, Q_r_h}}},
    {2, 0, 3, 1, HIDDEN_SIZE, SIZE_context_size, (const Factors[]){{Q_d_a_z, Q_context}}},
};

static const Total totals[] = {
    {3, 0, 0, HIDDEN_SIZE, 0, 0},
    {3, 1, 2, HIDDEN_SIZE, 0, 0},
    {3, 2, 1, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 2, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_context}}, {1, 2, -1, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_iz_, Q_a_hz_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 3, -1, 0, 1, (const short[]){Q_r_h}}}, (const short[]){Q_a_hh_tilde_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 4, -1, 0, 1, (const short[]){Q_d_a_h_tilde}}}, (const short[]){Q_d_r_h_}, back_2}}},
    {0, 3, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{4, 5, -1, 0, 2, (const short[]){Q_d_a_z, Q_d_a_r}}}, (const short[]){Q_a_67_}, back_3}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{5, 6, -1, 0, 3, (const short[]){Q_d_a_z, Q_d_a_r, Q_d_a_h_tilde}}}, (const short[]){Q_d_x_}, back_3_inputs}, {SIZE_context_size, 1, 1, 1, (const Product[]){{6, 7, -1, 0, 3, (const short[]){Q_d_a_z, Q_d_a_r, Q_d_a_h_tilde}}}, (const short[]){Q_d_context_}, back_3_context_size}}},
};

static const char *const sizes[] = {
    "context_size",
};

const Cell derive_cell = {
    .name = "context_gru",
    .quantities = 32,
    .forward_quantities = 15,
    .states = 1,
    .inputs = 2,
    .axes = 5,
    .tensors = 4,
    .constants = 0,
    .packs = 8,
    .buffers = 7,
    .fixed = 0,
    .biases = 1,
    .early = 1,
    .outers = 4,
    .totals = 3,
    .sums = 3,
    .reads_input = 0,
    .waits = 0,
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
