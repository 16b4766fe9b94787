/* Of rhn_carry.py as it was written, SHA-256 717562a776b9aba5d86a95983c11630496984a14f8af59fa8c7f7a13f18e45e9 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Recurrent highway network of depth 2 with free carry gates. One time step:
 *
 *     g_1ₜ = tanh(W_ig_1 xₜ + W_hg_1 hₜ₋₁ + b_g_1)
 *     t_1ₜ = σ(W_it_1 xₜ + W_ht_1 hₜ₋₁ + b_t_1)
 *     c_1ₜ = σ(W_ic_1 xₜ + W_hc_1 hₜ₋₁ + b_c_1)
 *     s_1ₜ = g_1ₜ ⊙ t_1ₜ + hₜ₋₁ ⊙ c_1ₜ
 *     g_2ₜ = tanh(W_sg_2 s_1ₜ + b_sg_2)
 *     t_2ₜ = σ(W_st_2 s_1ₜ + b_st_2)
 *     c_2ₜ = σ(W_sc_2 s_1ₜ + b_sc_2)
 *       hₜ = g_2ₜ ⊙ t_2ₜ + s_1ₜ ⊙ c_2ₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_0_,
    Q_a_x_1_,
    Q_a_x_2_,
    Q_a_g_2_,
    Q_a_t_2_,
    Q_a_c_2_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_g_1,
    Q_t_1,
    Q_c_1,
    Q_s_1,
    Q_g_2,
    Q_t_2,
    Q_c_2,
    Q_d_h_later,
    Q_d_y,
    Q_a_81_,
    Q_a_83_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_g_1,
    Q_d_a_t_1,
    Q_d_a_c_1,
    Q_d_a_g_2,
    Q_d_a_t_2,
    Q_d_a_c_2,
    Q_d_h,
    Q_d_s_1,
    Q_d_bias_sh_0,
    Q_d_bias_sh_1,
    Q_d_bias_sh_2,
    Q_d_bias_0,
    Q_d_bias_1,
    Q_d_bias_2
};

static const Quantity quantities[] = {
    [Q_a_x_0_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_0_},
    [Q_a_x_1_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_x_0_},
    [Q_a_x_2_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_x_0_},
    [Q_a_g_2_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_g_2_},
    [Q_a_t_2_] = {LOCAL, HIDDEN_SIZE, 0, 1, 1, Q_a_g_2_},
    [Q_a_c_2_] = {LOCAL, HIDDEN_SIZE, 0, 1, 2, Q_a_g_2_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_g_1] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_g_1},
    [Q_t_1] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_g_1},
    [Q_c_1] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_g_1},
    [Q_s_1] = {ROW, HIDDEN_SIZE, 1, 6, 0, Q_s_1},
    [Q_g_2] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_g_1},
    [Q_t_2] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_g_1},
    [Q_c_2] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_g_1},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_a_81_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_81_},
    [Q_a_83_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_a_83_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 4, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_g_1] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_g_1},
    [Q_d_a_t_1] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_t_1},
    [Q_d_a_c_1] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_c_1},
    [Q_d_a_g_2] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_g_2},
    [Q_d_a_t_2] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_d_a_t_2},
    [Q_d_a_c_2] = {ROW, HIDDEN_SIZE, 1, 5, 0, Q_d_a_c_2},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_s_1] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_d_h},
    [Q_d_bias_sh_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_sh_0},
    [Q_d_bias_sh_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_sh_1},
    [Q_d_bias_sh_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_sh_2},
    [Q_d_bias_0] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_0},
    [Q_d_bias_1] = {SUM, HIDDEN_SIZE, 0, 4, 0, Q_d_bias_1},
    [Q_d_bias_2] = {SUM, HIDDEN_SIZE, 0, 5, 0, Q_d_bias_2},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_g_1 = get(Q_a_x_0_);
            const vec a_t_1 = get(Q_a_x_1_);
            const vec a_c_1 = get(Q_a_x_2_);
            const vec g_1 = vtanh(a_g_1);
            const vec t_1 = vsigmoid(a_t_1);
            const vec c_1 = vsigmoid(a_c_1);
            const vec s_1 = g_1 * t_1 + h_prev * c_1;
            put(Q_s_1, s_1);
            if (keep) {
                put(Q_g_1, g_1);
                put(Q_t_1, t_1);
                put(Q_c_1, c_1);
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
            const vec s_1 = get(Q_s_1);
            const vec a_g_2 = get(Q_a_g_2_);
            const vec a_t_2 = get(Q_a_t_2_);
            const vec a_c_2 = get(Q_a_c_2_);
            const vec g_2 = vtanh(a_g_2);
            const vec t_2 = vsigmoid(a_t_2);
            const vec c_2 = vsigmoid(a_c_2);
            const vec h = g_2 * t_2 + s_1 * c_2;
            put(Q_h, h);
            if (keep) {
                put(Q_g_2, g_2);
                put(Q_t_2, t_2);
                put(Q_c_2, c_2);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_sh_0 = splat(0);
        vec d_bias_sh_1 = splat(0);
        vec d_bias_sh_2 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec c_2 = get(Q_c_2);
            const vec s_1 = get(Q_s_1);
            const vec g_2 = get(Q_g_2);
            const vec t_2 = get(Q_t_2);
            const vec d_h = d_h_later + d_y;
            const vec d_a_c_2 = c_2 * (R(1) - c_2) * d_h * s_1;
            const vec d_a_t_2 = d_h * g_2 * t_2 * (R(1) - t_2);
            const vec d_a_g_2 = d_h * t_2 * (R(1) - power(g_2, 2));
            d_bias_sh_0 += d_a_g_2;
            d_bias_sh_1 += d_a_t_2;
            d_bias_sh_2 += d_a_c_2;
            put(Q_d_h, d_h);
            put(Q_d_a_c_2, d_a_c_2);
            put(Q_d_a_t_2, d_a_t_2);
            put(Q_d_a_g_2, d_a_g_2);
        }
        add(Q_d_bias_sh_0, d_bias_sh_0);
        add(Q_d_bias_sh_1, d_bias_sh_1);
        add(Q_d_bias_sh_2, d_bias_sh_2);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_0 = splat(0);
        vec d_bias_1 = splat(0);
        vec d_bias_2 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec c_2 = get(Q_c_2);
            const vec a_81_ = get(Q_a_81_);
            const vec c_1 = get(Q_c_1);
            const vec h_prev = get(Q_h_prev);
            const vec g_1 = get(Q_g_1);
            const vec t_1 = get(Q_t_1);
            const vec d_s_1 = d_h * c_2 + a_81_;
            const vec d_a_c_1 = c_1 * (R(1) - c_1) * d_s_1 * h_prev;
            const vec d_a_t_1 = d_s_1 * g_1 * t_1 * (R(1) - t_1);
            const vec d_a_g_1 = d_s_1 * t_1 * (R(1) - power(g_1, 2));
            d_bias_0 += d_a_g_1;
            d_bias_1 += d_a_t_1;
            d_bias_2 += d_a_c_1;
            put(Q_d_s_1, d_s_1);
            put(Q_d_a_c_1, d_a_c_1);
            put(Q_d_a_t_1, d_a_t_1);
            put(Q_d_a_g_1, d_a_g_1);
        }
        add(Q_d_bias_0, d_bias_0);
        add(Q_d_bias_1, d_bias_1);
        add(Q_d_bias_2, d_bias_2);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_s_1 = get(Q_d_s_1);
            const vec c_1 = get(Q_c_1);
            const vec a_83_ = get(Q_a_83_);
            const vec d_h_prev = d_s_1 * c_1 + a_83_;
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
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 3, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 3, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 3, 0, 0},
    {"weight_sh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 3, 0, 0},
    {"bias_sh", HIDDEN_SIZE, ONE, ONE, 3, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 3, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 3, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 3, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 3, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 3, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 3, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 3},
    {HIDDEN_SIZE, 0, 3},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 3, 1, (const Summand[]){{2, 0}}},
    {HIDDEN_SIZE, 3, 1, (const Summand[]){{4, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 3, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_g_1, Q_x}}},
    {1, 0, 3, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_g_1, Q_h_prev}}},
    {3, 0, 3, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_g_2, Q_s_1}}},
};

static const Total totals[] = {
    {2, 0, 3, HIDDEN_SIZE, 0, 0},
    {2, 1, 4, HIDDEN_SIZE, 0, 0},
    {2, 2, 5, HIDDEN_SIZE, 0, 0},
    {4, 0, 0, HIDDEN_SIZE, 0, 0},
    {4, 1, 1, HIDDEN_SIZE, 0, 0},
    {4, 2, 2, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_x_0_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, 1, 0, 1, (const short[]){Q_s_1}}}, (const short[]){Q_a_g_2_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 3, -1, 0, 3, (const short[]){Q_d_a_g_2, Q_d_a_t_2, Q_d_a_c_2}}}, (const short[]){Q_a_81_}, back_2}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 4, -1, 0, 3, (const short[]){Q_d_a_g_1, Q_d_a_t_1, Q_d_a_c_1}}}, (const short[]){Q_a_83_}, back_3}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{4, 5, -1, 0, 3, (const short[]){Q_d_a_g_1, Q_d_a_t_1, Q_d_a_c_1}}}, (const short[]){Q_d_x_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "rhn_carry",
    .quantities = 37,
    .forward_quantities = 16,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 5,
    .constants = 0,
    .packs = 6,
    .buffers = 5,
    .fixed = 0,
    .biases = 2,
    .early = 1,
    .outers = 3,
    .totals = 6,
    .sums = 6,
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
