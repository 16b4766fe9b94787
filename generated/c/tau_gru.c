/* Of tau_gru.py as it was written, SHA-256 2ba7b67868e27e3cb6019655c05290a79034dca6ef31cb43408037e625a4e49d */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * GRU with weighted time-delay feedback, delay 2. One time step:
 *
 *     uₜ = tanh(W_iu xₜ + W_hu hₜ₋₁ + b_u)
 *     vₜ = tanh(W_iv xₜ + W_qv qₜ₋₁ + b_v)
 *     gₜ = σ(W_ig xₜ + W_hg hₜ₋₁ + b_g)
 *     aₜ = σ(W_ia xₜ + W_ha hₜ₋₁ + b_a)
 *     qₜ = hₜ₋₁
 *     hₜ = (1 − gₜ) ⊙ hₜ₋₁ + gₜ ⊙ (uₜ + aₜ ⊙ vₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_iu_,
    Q_a_iv_,
    Q_a_ig_,
    Q_a_ia_,
    Q_a_hu_,
    Q_a_hg_,
    Q_a_ha_,
    Q_a_qv_,
    Q_x,
    Q_h_prev,
    Q_q_prev,
    Q_h,
    Q_q,
    Q_u,
    Q_v,
    Q_g,
    Q_a,
    Q_d_h_later,
    Q_d_y,
    Q_d_q_later,
    Q_a_67_,
    Q_d_q_prev_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_q_prev,
    Q_d_x,
    Q_d_a_u,
    Q_d_a_v,
    Q_d_a_g,
    Q_d_a_a,
    Q_d_h,
    Q_d_q,
    Q_d_bias_0,
    Q_d_bias_1,
    Q_d_bias_2,
    Q_d_bias_3
};

static const Quantity quantities[] = {
    [Q_a_iu_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_iu_},
    [Q_a_iv_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_iu_},
    [Q_a_ig_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_iu_},
    [Q_a_ia_] = {EARLY, HIDDEN_SIZE, 0, 0, 3, Q_a_iu_},
    [Q_a_hu_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_hu_},
    [Q_a_hg_] = {LOCAL, HIDDEN_SIZE, 0, 1, 1, Q_a_hu_},
    [Q_a_ha_] = {LOCAL, HIDDEN_SIZE, 0, 1, 2, Q_a_hu_},
    [Q_a_qv_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_qv_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_q_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_q_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_q] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_q},
    [Q_u] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_u},
    [Q_v] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_u},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_u},
    [Q_a] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_u},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_q_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_q_later},
    [Q_a_67_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_a_67_},
    [Q_d_q_prev_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_d_q_prev_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_q_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_q_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_u] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_u},
    [Q_d_a_v] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_v},
    [Q_d_a_g] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_g},
    [Q_d_a_a] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_a},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_q] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_d_h},
    [Q_d_bias_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_0},
    [Q_d_bias_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_1},
    [Q_d_bias_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_2},
    [Q_d_bias_3] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_3},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_iu = get(Q_a_iu_);
            const vec a_iv = get(Q_a_iv_);
            const vec a_ig = get(Q_a_ig_);
            const vec a_ia = get(Q_a_ia_);
            const vec a_hu = get(Q_a_hu_);
            const vec a_hg = get(Q_a_hg_);
            const vec a_ha = get(Q_a_ha_);
            const vec u = vtanh(a_iu + a_hu);
            const vec a_qv = get(Q_a_qv_);
            const vec v = vtanh(a_iv + a_qv);
            const vec g = vsigmoid(a_ig + a_hg);
            const vec a = vsigmoid(a_ia + a_ha);
            const vec q = h_prev;
            const vec h = (R(1) - g) * h_prev + g * (u + a * v);
            put(Q_q, q);
            put(Q_h, h);
            if (keep) {
                put(Q_u, u);
                put(Q_v, v);
                put(Q_g, g);
                put(Q_a, a);
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
        vec d_bias_1 = splat(0);
        vec d_bias_2 = splat(0);
        vec d_bias_3 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec g = get(Q_g);
            const vec v = get(Q_v);
            const vec a = get(Q_a);
            const vec u = get(Q_u);
            const vec h_prev = get(Q_h_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_q = get(Q_d_q_later);
            const vec d_a_a = d_h * g * v * a * (R(1) - a);
            const vec d_a_g = g * (R(1) - g) * d_h * (u - h_prev + a * v);
            const vec d_a_v = d_h * g * a * (R(1) - power(v, 2));
            const vec d_a_u = d_h * g * (R(1) - power(u, 2));
            d_bias_0 += d_a_u;
            d_bias_1 += d_a_v;
            d_bias_2 += d_a_g;
            d_bias_3 += d_a_a;
            put(Q_d_h, d_h);
            put(Q_d_q, d_q);
            put(Q_d_a_a, d_a_a);
            put(Q_d_a_g, d_a_g);
            put(Q_d_a_v, d_a_v);
            put(Q_d_a_u, d_a_u);
        }
        add(Q_d_bias_0, d_bias_0);
        add(Q_d_bias_1, d_bias_1);
        add(Q_d_bias_2, d_bias_2);
        add(Q_d_bias_3, d_bias_3);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_q = get(Q_d_q);
            const vec d_h = get(Q_d_h);
            const vec g = get(Q_g);
            const vec a_67_ = get(Q_a_67_);
            const vec d_h_prev = d_q + d_h * (R(1) - g) + a_67_;
            const vec d_q_prev = get(Q_d_q_prev_);
            put(Q_d_h_prev, d_h_prev);
            put(Q_d_q_prev, d_q_prev);
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
    {HIDDEN_SIZE, 1},
    {HIDDEN_SIZE, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 4, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 3, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
    {"weight_qh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 4, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 3, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 3, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
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
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 4, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 4, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_u, Q_x}}},
    {1, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_u, Q_h_prev}}},
    {1, 1, 2, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_g, Q_h_prev}}},
    {3, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_v, Q_q_prev}}},
};

static const Total totals[] = {
    {2, 0, 0, HIDDEN_SIZE, 0, 0},
    {2, 1, 1, HIDDEN_SIZE, 0, 0},
    {2, 2, 2, HIDDEN_SIZE, 0, 0},
    {2, 3, 3, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 3, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_h_prev}}, {2, 2, -1, 0, 1, (const short[]){Q_q_prev}}}, (const short[]){Q_a_iu_, Q_a_hu_, Q_a_qv_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 2, (const Product[]){{3, 3, -1, 0, 3, (const short[]){Q_d_a_u, Q_d_a_g, Q_d_a_a}}, {4, 4, -1, 0, 1, (const short[]){Q_d_a_v}}}, (const short[]){Q_a_67_, Q_d_q_prev_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{5, 5, -1, 0, 4, (const short[]){Q_d_a_u, Q_d_a_v, Q_d_a_g, Q_d_a_a}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "tau_gru",
    .quantities = 36,
    .forward_quantities = 17,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 4,
    .constants = 0,
    .packs = 6,
    .buffers = 6,
    .fixed = 0,
    .biases = 1,
    .early = 1,
    .outers = 4,
    .totals = 4,
    .sums = 4,
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
