/* Of lem.py as it was written, SHA-256 377660d1de69537a834875bbbcca297f972de66913fea4e93ca31325afdae3aa */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Long expressive memory. One time step:
 *
 *     aₜ = dt σ(W_ia xₜ + W_ha hₜ₋₁ + b_a)
 *     bₜ = dt σ(W_ib xₜ + W_hb hₜ₋₁ + b_b)
 *     zₜ = (1 − aₜ) ⊙ zₜ₋₁ + aₜ ⊙ tanh(W_iz xₜ + W_hz hₜ₋₁ + b_z)
 *     hₜ = (1 − bₜ) ⊙ hₜ₋₁ + bₜ ⊙ tanh(W_ih xₜ + W_zh zₜ + b_h)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_ia_,
    Q_a_ib_,
    Q_a_iz_,
    Q_a_ih_,
    Q_a_ha_,
    Q_a_hb_,
    Q_a_hz_,
    Q_a_zh_,
    Q_x,
    Q_h_prev,
    Q_z_prev,
    Q_h,
    Q_z,
    Q_a_ih,
    Q_sigmoid_a_a,
    Q_a,
    Q_sigmoid_a_b,
    Q_b,
    Q_tanh_a_z,
    Q_tanh_a_h,
    Q_dt,
    Q_d_h_later,
    Q_d_y,
    Q_d_z_later,
    Q_a_75_,
    Q_a_77_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_z_prev,
    Q_d_x,
    Q_d_a_a,
    Q_d_a_b,
    Q_d_a_z,
    Q_d_a_h,
    Q_d_h,
    Q_d_z_next,
    Q_d_bias_1,
    Q_d_bias_3,
    Q_d_bias_0,
    Q_d_bias_2
};

static const Quantity quantities[] = {
    [Q_a_ia_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_ia_},
    [Q_a_ib_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_ia_},
    [Q_a_iz_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_ia_},
    [Q_a_ih_] = {EARLY, HIDDEN_SIZE, 0, 0, 3, Q_a_ia_},
    [Q_a_ha_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_ha_},
    [Q_a_hb_] = {LOCAL, HIDDEN_SIZE, 0, 1, 1, Q_a_ha_},
    [Q_a_hz_] = {LOCAL, HIDDEN_SIZE, 0, 1, 2, Q_a_ha_},
    [Q_a_zh_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_zh_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_z_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_z_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_z] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_z},
    [Q_a_ih] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_a_ih},
    [Q_sigmoid_a_a] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_sigmoid_a_a},
    [Q_a] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_sigmoid_a_a},
    [Q_sigmoid_a_b] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_sigmoid_a_a},
    [Q_b] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_sigmoid_a_a},
    [Q_tanh_a_z] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_sigmoid_a_a},
    [Q_tanh_a_h] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_sigmoid_a_a},
    [Q_dt] = {FIXED, ONE, 0, 0, 0, Q_dt},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_z_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_z_later},
    [Q_a_75_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_a_75_},
    [Q_a_77_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_a_77_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_z_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_z_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_a] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_a},
    [Q_d_a_b] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_b},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_z},
    [Q_d_a_h] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_h},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_a_ih},
    [Q_d_z_next] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_a_ih},
    [Q_d_bias_1] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_1},
    [Q_d_bias_3] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_3},
    [Q_d_bias_0] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_0},
    [Q_d_bias_2] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_2},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec dt = fixed(Q_dt);
        for (long row = 0; row < rows; row++) {
            const vec z_prev = get(Q_z_prev);
            const vec a_ia = get(Q_a_ia_);
            const vec a_ib = get(Q_a_ib_);
            const vec a_iz = get(Q_a_iz_);
            const vec a_ih = get(Q_a_ih_);
            const vec a_ha = get(Q_a_ha_);
            const vec a_hb = get(Q_a_hb_);
            const vec a_hz = get(Q_a_hz_);
            const vec sigmoid_a_a = vsigmoid(a_ia + a_ha);
            const vec a = dt * sigmoid_a_a;
            const vec sigmoid_a_b = vsigmoid(a_ib + a_hb);
            const vec b = dt * sigmoid_a_b;
            const vec tanh_a_z = vtanh(a_iz + a_hz);
            const vec z = (R(1) - a) * z_prev + a * tanh_a_z;
            put(Q_a_ih, a_ih);
            put(Q_b, b);
            put(Q_z, z);
            if (keep) {
                put(Q_sigmoid_a_a, sigmoid_a_a);
                put(Q_a, a);
                put(Q_sigmoid_a_b, sigmoid_a_b);
                put(Q_tanh_a_z, tanh_a_z);
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
            const vec a_ih = get(Q_a_ih);
            const vec b = get(Q_b);
            const vec h_prev = get(Q_h_prev);
            const vec a_zh = get(Q_a_zh_);
            const vec tanh_a_h = vtanh(a_ih + a_zh);
            const vec h = (R(1) - b) * h_prev + b * tanh_a_h;
            put(Q_h, h);
            if (keep) {
                put(Q_tanh_a_h, tanh_a_h);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec dt = fixed(Q_dt);
        vec d_bias_1 = splat(0);
        vec d_bias_3 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec tanh_a_h = get(Q_tanh_a_h);
            const vec b = get(Q_b);
            const vec sigmoid_a_b = get(Q_sigmoid_a_b);
            const vec h_prev = get(Q_h_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_z_next = get(Q_d_z_later);
            const vec d_a_h = (R(1) - power(tanh_a_h, 2)) * d_h * b;
            const vec d_a_b = dt * sigmoid_a_b * (R(1) - sigmoid_a_b) * d_h * (tanh_a_h - h_prev);
            d_bias_1 += d_a_b;
            d_bias_3 += d_a_h;
            put(Q_d_h, d_h);
            put(Q_d_z_next, d_z_next);
            put(Q_d_a_h, d_a_h);
            put(Q_d_a_b, d_a_b);
        }
        add(Q_d_bias_1, d_bias_1);
        add(Q_d_bias_3, d_bias_3);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec dt = fixed(Q_dt);
        vec d_bias_0 = splat(0);
        vec d_bias_2 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_z_next = get(Q_d_z_next);
            const vec a_75_ = get(Q_a_75_);
            const vec tanh_a_z = get(Q_tanh_a_z);
            const vec a = get(Q_a);
            const vec sigmoid_a_a = get(Q_sigmoid_a_a);
            const vec z_prev = get(Q_z_prev);
            const vec d_z = d_z_next + a_75_;
            const vec d_a_z = (R(1) - power(tanh_a_z, 2)) * d_z * a;
            const vec d_a_a = dt * sigmoid_a_a * (R(1) - sigmoid_a_a) * d_z * (tanh_a_z - z_prev);
            const vec d_z_prev = d_z * (R(1) - a);
            d_bias_0 += d_a_a;
            d_bias_2 += d_a_z;
            put(Q_d_a_z, d_a_z);
            put(Q_d_a_a, d_a_a);
            put(Q_d_z_prev, d_z_prev);
        }
        add(Q_d_bias_0, d_bias_0);
        add(Q_d_bias_2, d_bias_2);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec b = get(Q_b);
            const vec a_77_ = get(Q_a_77_);
            const vec d_h_prev = d_h * (R(1) - b) + a_77_;
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
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 1, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 4, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 3, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
    {"weight_zh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    "dt",
};

static const Pack packs[] = {
    {0, 0, 4, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 3, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 3, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 4, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 4},
    {HIDDEN_SIZE, 0, 3},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_CONSTANT, ONE, 0, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 4, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 4, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_a, Q_x}}},
    {1, 0, 3, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_a, Q_h_prev}}},
    {3, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_h, Q_z}}},
};

static const Total totals[] = {
    {2, 0, 2, HIDDEN_SIZE, 0, 0},
    {2, 1, 0, HIDDEN_SIZE, 0, 0},
    {2, 2, 3, HIDDEN_SIZE, 0, 0},
    {2, 3, 1, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_ia_, Q_a_ha_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 2, -1, 0, 1, (const short[]){Q_z}}}, (const short[]){Q_a_zh_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_d_a_h}}}, (const short[]){Q_a_75_}, back_2}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 3, (const short[]){Q_d_a_a, Q_d_a_b, Q_d_a_z}}}, (const short[]){Q_a_77_}, back_3}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{5, 5, -1, 0, 4, (const short[]){Q_d_a_a, Q_d_a_b, Q_d_a_z, Q_d_a_h}}}, (const short[]){Q_d_x_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "lem",
    .quantities = 40,
    .forward_quantities = 21,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 4,
    .constants = 1,
    .packs = 6,
    .buffers = 6,
    .fixed = 1,
    .biases = 1,
    .early = 1,
    .outers = 3,
    .totals = 4,
    .sums = 4,
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
