/* Of rhn.py as it was written, SHA-256 c48db7803b2ffdceed8f894d7479fcf9212d0074fc014719ec56277466027f0d */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Recurrent highway network of depth 3. One time step:
 *
 *     g_1ₜ = tanh(W_ig_1 xₜ + W_hg_1 hₜ₋₁ + b_g_1)
 *     t_1ₜ = σ(W_it_1 xₜ + W_ht_1 hₜ₋₁ + b_t_1)
 *     s_1ₜ = g_1ₜ ⊙ t_1ₜ + hₜ₋₁ ⊙ (1 − t_1ₜ)
 *     g_2ₜ = tanh(W_sg_2 s_1ₜ + b_sg_2)
 *     t_2ₜ = σ(W_st_2 s_1ₜ + b_st_2)
 *     s_2ₜ = g_2ₜ ⊙ t_2ₜ + s_1ₜ ⊙ (1 − t_2ₜ)
 *     g_3ₜ = tanh(W_sg_3 s_2ₜ + b_sg_3)
 *     t_3ₜ = σ(W_st_3 s_2ₜ + b_st_3)
 *       hₜ = g_3ₜ ⊙ t_3ₜ + s_2ₜ ⊙ (1 − t_3ₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_0_,
    Q_a_x_1_,
    Q_linear_a_g_2_,
    Q_linear_a_t_2_,
    Q_linear_a_g_3_,
    Q_linear_a_t_3_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_g_1,
    Q_t_1,
    Q_s_1,
    Q_g_2,
    Q_t_2,
    Q_s_2,
    Q_g_3,
    Q_t_3,
    Q_b_sg_2,
    Q_b_st_2,
    Q_b_sg_3,
    Q_b_st_3,
    Q_d_h_later,
    Q_d_y,
    Q_a_91_,
    Q_a_93_,
    Q_a_95_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_g_1,
    Q_d_a_t_1,
    Q_d_a_g_2,
    Q_d_a_t_2,
    Q_d_a_g_3,
    Q_d_a_t_3,
    Q_d_h,
    Q_d_s_2,
    Q_d_s_1,
    Q_d_bias_sh_2,
    Q_d_bias_sh_3,
    Q_d_bias_sh_0,
    Q_d_bias_sh_1,
    Q_d_bias_0,
    Q_d_bias_1
};

static const Quantity quantities[] = {
    [Q_a_x_0_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_0_},
    [Q_a_x_1_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_x_0_},
    [Q_linear_a_g_2_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_linear_a_g_2_},
    [Q_linear_a_t_2_] = {LOCAL, HIDDEN_SIZE, 0, 1, 1, Q_linear_a_g_2_},
    [Q_linear_a_g_3_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_linear_a_g_3_},
    [Q_linear_a_t_3_] = {LOCAL, HIDDEN_SIZE, 0, 2, 1, Q_linear_a_g_3_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_g_1] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_g_1},
    [Q_t_1] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_g_1},
    [Q_s_1] = {ROW, HIDDEN_SIZE, 1, 6, 0, Q_s_1},
    [Q_g_2] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_g_1},
    [Q_t_2] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_g_1},
    [Q_s_2] = {ROW, HIDDEN_SIZE, 1, 7, 0, Q_s_2},
    [Q_g_3] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_g_1},
    [Q_t_3] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_g_1},
    [Q_b_sg_2] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_b_sg_2},
    [Q_b_st_2] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_b_st_2},
    [Q_b_sg_3] = {FIXED, HIDDEN_SIZE, 0, 2, 0, Q_b_sg_3},
    [Q_b_st_3] = {FIXED, HIDDEN_SIZE, 0, 3, 0, Q_b_st_3},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_a_91_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_a_91_},
    [Q_a_93_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_a_93_},
    [Q_a_95_] = {LOCAL, HIDDEN_SIZE, 0, 5, 0, Q_a_95_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 6, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_g_1] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_g_1},
    [Q_d_a_t_1] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_t_1},
    [Q_d_a_g_2] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_g_2},
    [Q_d_a_t_2] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_t_2},
    [Q_d_a_g_3] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_d_a_g_3},
    [Q_d_a_t_3] = {ROW, HIDDEN_SIZE, 1, 5, 0, Q_d_a_t_3},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_s_2] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_d_h},
    [Q_d_s_1] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_d_h},
    [Q_d_bias_sh_2] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_sh_2},
    [Q_d_bias_sh_3] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_sh_3},
    [Q_d_bias_sh_0] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_sh_0},
    [Q_d_bias_sh_1] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_sh_1},
    [Q_d_bias_0] = {SUM, HIDDEN_SIZE, 0, 4, 0, Q_d_bias_0},
    [Q_d_bias_1] = {SUM, HIDDEN_SIZE, 0, 5, 0, Q_d_bias_1},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_g_1 = get(Q_a_x_0_);
            const vec a_t_1 = get(Q_a_x_1_);
            const vec g_1 = vtanh(a_g_1);
            const vec t_1 = vsigmoid(a_t_1);
            const vec s_1 = g_1 * t_1 + h_prev * (R(1) - t_1);
            put(Q_s_1, s_1);
            if (keep) {
                put(Q_g_1, g_1);
                put(Q_t_1, t_1);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec b_sg_2 = fixed(Q_b_sg_2);
        const vec b_st_2 = fixed(Q_b_st_2);
        for (long row = 0; row < rows; row++) {
            const vec s_1 = get(Q_s_1);
            const vec linear_a_g_2 = get(Q_linear_a_g_2_);
            const vec linear_a_t_2 = get(Q_linear_a_t_2_);
            const vec g_2 = vtanh(linear_a_g_2 + b_sg_2);
            const vec t_2 = vsigmoid(linear_a_t_2 + b_st_2);
            const vec s_2 = g_2 * t_2 + s_1 * (R(1) - t_2);
            put(Q_s_2, s_2);
            if (keep) {
                put(Q_g_2, g_2);
                put(Q_t_2, t_2);
            }
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of units. */
static void step_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec b_sg_3 = fixed(Q_b_sg_3);
        const vec b_st_3 = fixed(Q_b_st_3);
        for (long row = 0; row < rows; row++) {
            const vec s_2 = get(Q_s_2);
            const vec linear_a_g_3 = get(Q_linear_a_g_3_);
            const vec linear_a_t_3 = get(Q_linear_a_t_3_);
            const vec g_3 = vtanh(linear_a_g_3 + b_sg_3);
            const vec t_3 = vsigmoid(linear_a_t_3 + b_st_3);
            const vec h = g_3 * t_3 + s_2 * (R(1) - t_3);
            put(Q_h, h);
            if (keep) {
                put(Q_g_3, g_3);
                put(Q_t_3, t_3);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_sh_2 = splat(0);
        vec d_bias_sh_3 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec t_3 = get(Q_t_3);
            const vec g_3 = get(Q_g_3);
            const vec s_2 = get(Q_s_2);
            const vec d_h = d_h_later + d_y;
            const vec d_a_t_3 = t_3 * (R(1) - t_3) * d_h * (g_3 - s_2);
            const vec d_a_g_3 = d_h * t_3 * (R(1) - power(g_3, 2));
            d_bias_sh_2 += d_a_g_3;
            d_bias_sh_3 += d_a_t_3;
            put(Q_d_h, d_h);
            put(Q_d_a_t_3, d_a_t_3);
            put(Q_d_a_g_3, d_a_g_3);
        }
        add(Q_d_bias_sh_2, d_bias_sh_2);
        add(Q_d_bias_sh_3, d_bias_sh_3);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_sh_0 = splat(0);
        vec d_bias_sh_1 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec t_3 = get(Q_t_3);
            const vec a_91_ = get(Q_a_91_);
            const vec t_2 = get(Q_t_2);
            const vec g_2 = get(Q_g_2);
            const vec s_1 = get(Q_s_1);
            const vec d_s_2 = d_h * (R(1) - t_3) + a_91_;
            const vec d_a_t_2 = t_2 * (R(1) - t_2) * d_s_2 * (g_2 - s_1);
            const vec d_a_g_2 = d_s_2 * t_2 * (R(1) - power(g_2, 2));
            d_bias_sh_0 += d_a_g_2;
            d_bias_sh_1 += d_a_t_2;
            put(Q_d_s_2, d_s_2);
            put(Q_d_a_t_2, d_a_t_2);
            put(Q_d_a_g_2, d_a_g_2);
        }
        add(Q_d_bias_sh_0, d_bias_sh_0);
        add(Q_d_bias_sh_1, d_bias_sh_1);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_0 = splat(0);
        vec d_bias_1 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_s_2 = get(Q_d_s_2);
            const vec t_2 = get(Q_t_2);
            const vec a_93_ = get(Q_a_93_);
            const vec t_1 = get(Q_t_1);
            const vec g_1 = get(Q_g_1);
            const vec h_prev = get(Q_h_prev);
            const vec d_s_1 = d_s_2 * (R(1) - t_2) + a_93_;
            const vec d_a_t_1 = t_1 * (R(1) - t_1) * d_s_1 * (g_1 - h_prev);
            const vec d_a_g_1 = d_s_1 * t_1 * (R(1) - power(g_1, 2));
            d_bias_0 += d_a_g_1;
            d_bias_1 += d_a_t_1;
            put(Q_d_s_1, d_s_1);
            put(Q_d_a_t_1, d_a_t_1);
            put(Q_d_a_g_1, d_a_g_1);
        }
        add(Q_d_bias_0, d_bias_0);
        add(Q_d_bias_1, d_bias_1);
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of units. */
static void back_4(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_s_1 = get(Q_d_s_1);
            const vec t_1 = get(Q_t_1);
            const vec a_95_ = get(Q_a_95_);
            const vec d_h_prev = d_s_1 * (R(1) - t_1) + a_95_;
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of inputs. */
static void back_4_inputs(const At *restrict at, long first, long end, long rows, int keep)
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
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 2, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 2, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 2, 0, 0},
    {"weight_sh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 4, 0, 0},
    {"bias_sh", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 2, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 2, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 2, 2, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 2, 2, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 2, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 2, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 2, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 2},
    {HIDDEN_SIZE, 0, 2},
    {HIDDEN_SIZE, 0, 2},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, HIDDEN_SIZE, 4, 0},
    {OF_TENSOR, HIDDEN_SIZE, 4, 1},
    {OF_TENSOR, HIDDEN_SIZE, 4, 2},
    {OF_TENSOR, HIDDEN_SIZE, 4, 3},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 2, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_g_1, Q_x}}},
    {1, 0, 2, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_g_1, Q_h_prev}}},
    {3, 0, 2, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_g_2, Q_s_1}}},
    {3, 2, 2, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_g_3, Q_s_2}}},
};

static const Total totals[] = {
    {2, 0, 4, HIDDEN_SIZE, 0, 0},
    {2, 1, 5, HIDDEN_SIZE, 0, 0},
    {4, 0, 2, HIDDEN_SIZE, 0, 0},
    {4, 1, 3, HIDDEN_SIZE, 0, 0},
    {4, 2, 0, HIDDEN_SIZE, 0, 0},
    {4, 3, 1, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_x_0_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 1, (const short[]){Q_s_1}}}, (const short[]){Q_linear_a_g_2_}, step_2}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 3, -1, 0, 1, (const short[]){Q_s_2}}}, (const short[]){Q_linear_a_g_3_}, step_3}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 4, -1, 0, 2, (const short[]){Q_d_a_g_3, Q_d_a_t_3}}}, (const short[]){Q_a_91_}, back_2}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{4, 5, -1, 0, 2, (const short[]){Q_d_a_g_2, Q_d_a_t_2}}}, (const short[]){Q_a_93_}, back_3}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{5, 6, -1, 0, 2, (const short[]){Q_d_a_g_1, Q_d_a_t_1}}}, (const short[]){Q_a_95_}, back_4}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{6, 7, -1, 0, 2, (const short[]){Q_d_a_g_1, Q_d_a_t_1}}}, (const short[]){Q_d_x_}, back_4_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "rhn",
    .quantities = 44,
    .forward_quantities = 21,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 5,
    .constants = 0,
    .packs = 8,
    .buffers = 7,
    .fixed = 4,
    .biases = 1,
    .early = 1,
    .outers = 4,
    .totals = 6,
    .sums = 6,
    .reads_input = 0,
    .waits = 0,
    .parameter_groups = 0,
    .forward_stages = 3,
    .backward_stages = 4,
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
