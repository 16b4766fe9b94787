/* Of scrn.py as it was written, SHA-256 d3d88622266bc2caaa7346003308a8e6ba4721f7fabe6ac84439b3f5e3511631 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Structurally constrained recurrent network. One time step:
 *
 *     sₜ = (1 − α) (W_is xₜ) + α sₜ₋₁
 *     hₜ = σ(W_sh sₜ + W_ih xₜ + W_hh hₜ₋₁)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_s_,
    Q_a_ih_,
    Q_a_sh_,
    Q_a_hh_,
    Q_x,
    Q_h_prev,
    Q_s_prev,
    Q_h,
    Q_s,
    Q_a_ih,
    Q_a_hh,
    Q_alpha,
    Q_d_h_later,
    Q_d_y,
    Q_d_s_later,
    Q_a_33_,
    Q_d_h_prev_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_s_prev,
    Q_d_x,
    Q_d_a_s,
    Q_d_a_h,
    Q_d_s_next
};

static const Quantity quantities[] = {
    [Q_a_s_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_s_},
    [Q_a_ih_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_s_},
    [Q_a_sh_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_sh_},
    [Q_a_hh_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_hh_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_s_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_s_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_s] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_s},
    [Q_a_ih] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_a_ih},
    [Q_a_hh] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_a_ih},
    [Q_alpha] = {FIXED, ONE, 0, 0, 0, Q_alpha},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_s_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_s_later},
    [Q_a_33_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_a_33_},
    [Q_d_h_prev_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_d_h_prev_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_s_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_s_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_s] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_s},
    [Q_d_a_h] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_h},
    [Q_d_s_next] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_a_ih},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec alpha = fixed(Q_alpha);
        for (long row = 0; row < rows; row++) {
            const vec s_prev = get(Q_s_prev);
            const vec a_s = get(Q_a_s_);
            const vec a_ih = get(Q_a_ih_);
            const vec s = (R(1) - alpha) * a_s + alpha * s_prev;
            const vec a_hh = get(Q_a_hh_);
            put(Q_a_ih, a_ih);
            put(Q_s, s);
            put(Q_a_hh, a_hh);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_ih = get(Q_a_ih);
            const vec a_hh = get(Q_a_hh);
            const vec a_sh = get(Q_a_sh_);
            const vec h = vsigmoid(a_ih + a_sh + a_hh);
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
            const vec h = get(Q_h);
            const vec d_h = d_h_later + d_y;
            const vec d_s_next = get(Q_d_s_later);
            const vec d_a_h = d_h * h * (R(1) - h);
            put(Q_d_s_next, d_s_next);
            put(Q_d_a_h, d_a_h);
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
            const vec d_s_next = get(Q_d_s_next);
            const vec a_33_ = get(Q_a_33_);
            const vec d_s = d_s_next + a_33_;
            const vec d_a_s = d_s * (R(1) - alpha);
            const vec d_h_prev = get(Q_d_h_prev_);
            const vec d_s_prev = d_s * alpha;
            put(Q_d_a_s, d_a_s);
            put(Q_d_h_prev, d_h_prev);
            put(Q_d_s_prev, d_s_prev);
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
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 2, 0, 0},
    {"weight_sh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    "alpha",
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 2, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 2},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_CONSTANT, ONE, 0, 0},
};

static const Bias biases[] = {
    {0},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_s, Q_x}}},
    {1, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_h, Q_s}}},
    {2, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_h, Q_h_prev}}},
};

static const Total totals[] = {
    {0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{2, 1, -1, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_s_, Q_a_hh_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 1, (const short[]){Q_s}}}, (const short[]){Q_a_sh_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 2, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_d_a_h}}, {4, 4, -1, 0, 1, (const short[]){Q_d_a_h}}}, (const short[]){Q_a_33_, Q_d_h_prev_}, back_2}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{5, 5, -1, 0, 2, (const short[]){Q_d_a_s, Q_d_a_h}}}, (const short[]){Q_d_x_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "scrn",
    .quantities = 24,
    .forward_quantities = 12,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 3,
    .constants = 1,
    .packs = 6,
    .buffers = 6,
    .fixed = 1,
    .biases = 0,
    .early = 1,
    .outers = 3,
    .totals = 0,
    .sums = 0,
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
