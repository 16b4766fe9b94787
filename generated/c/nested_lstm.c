/* Of nested_lstm.py as it was written, SHA-256 9e044c0da63fc0c48e6d95930583f86f5e307063f96889e17215fe960e97198b */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Nested LSTM. One time step:
 *
 *     iₜ = σ(W_ii xₜ + W_hi hₜ₋₁ + b_i)
 *     fₜ = σ(W_if xₜ + W_hf hₜ₋₁ + b_f)
 *     gₜ = tanh(W_ig xₜ + W_hg hₜ₋₁ + b_g)
 *     oₜ = σ(W_io xₜ + W_ho hₜ₋₁ + b_o)
 *     uₜ = iₜ ⊙ gₜ
 *     vₜ = fₜ ⊙ cₜ₋₁
 *     jₜ = σ(W_uj uₜ + W_vj vₜ + b_j)
 *     kₜ = σ(W_uk uₜ + W_vk vₜ + b_k)
 *     lₜ = tanh(W_ul uₜ + W_vl vₜ + b_l)
 *     qₜ = σ(W_uq uₜ + W_vq vₜ + b_q)
 *     sₜ = kₜ ⊙ sₜ₋₁ + jₜ ⊙ lₜ
 *     cₜ = qₜ ⊙ tanh(sₜ)
 *     hₜ = oₜ ⊙ tanh(cₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_ii_,
    Q_a_if_,
    Q_a_ig_,
    Q_a_io_,
    Q_a_uj_,
    Q_a_uk_,
    Q_a_ul_,
    Q_a_uq_,
    Q_x,
    Q_h_prev,
    Q_c_prev,
    Q_s_prev,
    Q_h,
    Q_c,
    Q_s,
    Q_i,
    Q_f,
    Q_g,
    Q_o,
    Q_u,
    Q_v,
    Q_j,
    Q_k,
    Q_l,
    Q_q,
    Q_tanh_s,
    Q_tanh_c,
    Q_b_i,
    Q_b_f,
    Q_b_g,
    Q_b_o,
    Q_b_j,
    Q_b_k,
    Q_b_l,
    Q_b_q,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_d_s_later,
    Q_d_v_,
    Q_d_u_,
    Q_d_h_prev_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_s_prev,
    Q_d_x,
    Q_d_a_i,
    Q_d_a_f,
    Q_d_a_g,
    Q_d_a_o,
    Q_d_a_j,
    Q_d_a_k,
    Q_d_a_l,
    Q_d_a_q,
    Q_d_bias_3,
    Q_d_bias_4,
    Q_d_bias_5,
    Q_d_bias_6,
    Q_d_bias_7,
    Q_d_bias_0,
    Q_d_bias_1,
    Q_d_bias_2
};

static const Quantity quantities[] = {
    [Q_a_ii_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_ii_},
    [Q_a_if_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_ii_},
    [Q_a_ig_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_ii_},
    [Q_a_io_] = {EARLY, HIDDEN_SIZE, 0, 0, 3, Q_a_ii_},
    [Q_a_uj_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_uj_},
    [Q_a_uk_] = {LOCAL, HIDDEN_SIZE, 0, 1, 1, Q_a_uj_},
    [Q_a_ul_] = {LOCAL, HIDDEN_SIZE, 0, 1, 2, Q_a_uj_},
    [Q_a_uq_] = {LOCAL, HIDDEN_SIZE, 0, 1, 3, Q_a_uj_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_s_prev] = {BEFORE, HIDDEN_SIZE, 0, 2, 0, Q_s_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_s] = {AFTER, HIDDEN_SIZE, 0, 2, 0, Q_s},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_i},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_i},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_i},
    [Q_o] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_i},
    [Q_u] = {ROW, HIDDEN_SIZE, 1, 8, 0, Q_u},
    [Q_v] = {ROW, HIDDEN_SIZE, 1, 9, 0, Q_v},
    [Q_j] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_i},
    [Q_k] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_i},
    [Q_l] = {PANEL, HIDDEN_SIZE, 1, 6, 0, Q_i},
    [Q_q] = {PANEL, HIDDEN_SIZE, 1, 7, 0, Q_i},
    [Q_tanh_s] = {PANEL, HIDDEN_SIZE, 1, 8, 0, Q_i},
    [Q_tanh_c] = {PANEL, HIDDEN_SIZE, 1, 9, 0, Q_i},
    [Q_b_i] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_b_i},
    [Q_b_f] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_b_f},
    [Q_b_g] = {FIXED, HIDDEN_SIZE, 0, 2, 0, Q_b_g},
    [Q_b_o] = {FIXED, HIDDEN_SIZE, 0, 3, 0, Q_b_o},
    [Q_b_j] = {FIXED, HIDDEN_SIZE, 0, 4, 0, Q_b_j},
    [Q_b_k] = {FIXED, HIDDEN_SIZE, 0, 5, 0, Q_b_k},
    [Q_b_l] = {FIXED, HIDDEN_SIZE, 0, 6, 0, Q_b_l},
    [Q_b_q] = {FIXED, HIDDEN_SIZE, 0, 7, 0, Q_b_q},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_s_later] = {LATER, HIDDEN_SIZE, 0, 2, 0, Q_d_s_later},
    [Q_d_v_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_d_v_},
    [Q_d_u_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_d_u_},
    [Q_d_h_prev_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_d_h_prev_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_s_prev] = {EARLIER, HIDDEN_SIZE, 0, 2, 0, Q_d_s_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_i] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_i},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_f},
    [Q_d_a_g] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_g},
    [Q_d_a_o] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_o},
    [Q_d_a_j] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_d_a_j},
    [Q_d_a_k] = {ROW, HIDDEN_SIZE, 1, 5, 0, Q_d_a_k},
    [Q_d_a_l] = {ROW, HIDDEN_SIZE, 1, 6, 0, Q_d_a_l},
    [Q_d_a_q] = {ROW, HIDDEN_SIZE, 1, 7, 0, Q_d_a_q},
    [Q_d_bias_3] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_3},
    [Q_d_bias_4] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_4},
    [Q_d_bias_5] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_5},
    [Q_d_bias_6] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_6},
    [Q_d_bias_7] = {SUM, HIDDEN_SIZE, 0, 4, 0, Q_d_bias_7},
    [Q_d_bias_0] = {SUM, HIDDEN_SIZE, 0, 5, 0, Q_d_bias_0},
    [Q_d_bias_1] = {SUM, HIDDEN_SIZE, 0, 6, 0, Q_d_bias_1},
    [Q_d_bias_2] = {SUM, HIDDEN_SIZE, 0, 7, 0, Q_d_bias_2},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec b_i = fixed(Q_b_i);
        const vec b_f = fixed(Q_b_f);
        const vec b_g = fixed(Q_b_g);
        const vec b_o = fixed(Q_b_o);
        for (long row = 0; row < rows; row++) {
            const vec c_prev = get(Q_c_prev);
            const vec a_ii = get(Q_a_ii_);
            const vec a_if = get(Q_a_if_);
            const vec a_ig = get(Q_a_ig_);
            const vec a_io = get(Q_a_io_);
            const vec i = vsigmoid(a_ii + b_i);
            const vec f = vsigmoid(a_if + b_f);
            const vec g = vtanh(a_ig + b_g);
            const vec o = vsigmoid(a_io + b_o);
            const vec u = i * g;
            const vec v = f * c_prev;
            put(Q_o, o);
            put(Q_u, u);
            put(Q_v, v);
            if (keep) {
                put(Q_i, i);
                put(Q_f, f);
                put(Q_g, g);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec b_j = fixed(Q_b_j);
        const vec b_k = fixed(Q_b_k);
        const vec b_l = fixed(Q_b_l);
        const vec b_q = fixed(Q_b_q);
        for (long row = 0; row < rows; row++) {
            const vec s_prev = get(Q_s_prev);
            const vec o = get(Q_o);
            const vec a_uj = get(Q_a_uj_);
            const vec a_uk = get(Q_a_uk_);
            const vec a_ul = get(Q_a_ul_);
            const vec a_uq = get(Q_a_uq_);
            const vec j = vsigmoid(a_uj + b_j);
            const vec k = vsigmoid(a_uk + b_k);
            const vec l = vtanh(a_ul + b_l);
            const vec q = vsigmoid(a_uq + b_q);
            const vec s = k * s_prev + j * l;
            const vec tanh_s = vtanh(s);
            const vec c = q * tanh_s;
            const vec tanh_c = vtanh(c);
            const vec h = o * tanh_c;
            put(Q_s, s);
            put(Q_c, c);
            put(Q_h, h);
            if (keep) {
                put(Q_j, j);
                put(Q_k, k);
                put(Q_l, l);
                put(Q_q, q);
                put(Q_tanh_s, tanh_s);
                put(Q_tanh_c, tanh_c);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_3 = splat(0);
        vec d_bias_4 = splat(0);
        vec d_bias_5 = splat(0);
        vec d_bias_6 = splat(0);
        vec d_bias_7 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec o = get(Q_o);
            const vec tanh_c = get(Q_tanh_c);
            const vec q = get(Q_q);
            const vec tanh_s = get(Q_tanh_s);
            const vec j = get(Q_j);
            const vec l = get(Q_l);
            const vec k = get(Q_k);
            const vec s_prev = get(Q_s_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_s_next = get(Q_d_s_later);
            const vec d_c = d_c_next + d_h * o * (R(1) - power(tanh_c, 2));
            const vec d_s = d_s_next + d_c * q * (R(1) - power(tanh_s, 2));
            const vec d_a_q = d_c * tanh_s * q * (R(1) - q);
            const vec d_a_l = d_s * j * (R(1) - power(l, 2));
            const vec d_a_k = k * (R(1) - k) * d_s * s_prev;
            const vec d_a_j = d_s * l * j * (R(1) - j);
            const vec d_a_o = d_h * tanh_c * o * (R(1) - o);
            const vec d_s_prev = d_s * k;
            d_bias_3 += d_a_o;
            d_bias_4 += d_a_j;
            d_bias_5 += d_a_k;
            d_bias_6 += d_a_l;
            d_bias_7 += d_a_q;
            put(Q_d_a_q, d_a_q);
            put(Q_d_a_l, d_a_l);
            put(Q_d_a_k, d_a_k);
            put(Q_d_a_j, d_a_j);
            put(Q_d_a_o, d_a_o);
            put(Q_d_s_prev, d_s_prev);
        }
        add(Q_d_bias_3, d_bias_3);
        add(Q_d_bias_4, d_bias_4);
        add(Q_d_bias_5, d_bias_5);
        add(Q_d_bias_6, d_bias_6);
        add(Q_d_bias_7, d_bias_7);
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
            const vec i = get(Q_i);
            const vec g = get(Q_g);
            const vec f = get(Q_f);
            const vec c_prev = get(Q_c_prev);
            const vec d_v = get(Q_d_v_);
            const vec d_u = get(Q_d_u_);
            const vec d_a_g = d_u * i * (R(1) - power(g, 2));
            const vec d_a_f = f * (R(1) - f) * d_v * c_prev;
            const vec d_a_i = d_u * g * i * (R(1) - i);
            const vec d_c_prev = d_v * f;
            d_bias_0 += d_a_i;
            d_bias_1 += d_a_f;
            d_bias_2 += d_a_g;
            put(Q_d_a_g, d_a_g);
            put(Q_d_a_f, d_a_f);
            put(Q_d_a_i, d_a_i);
            put(Q_d_c_prev, d_c_prev);
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
            const vec d_h_prev = get(Q_d_h_prev_);
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
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 4, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 4, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 8, 0, 0},
    {"weight_uh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 4, 0, 0},
    {"weight_vh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 4, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 4, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 4, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 4, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {4, 0, 4, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {4, 0, 4, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 4, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 4, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 4, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 4},
    {HIDDEN_SIZE, 0, 4},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, HIDDEN_SIZE, 2, 0},
    {OF_TENSOR, HIDDEN_SIZE, 2, 1},
    {OF_TENSOR, HIDDEN_SIZE, 2, 2},
    {OF_TENSOR, HIDDEN_SIZE, 2, 3},
    {OF_TENSOR, HIDDEN_SIZE, 2, 4},
    {OF_TENSOR, HIDDEN_SIZE, 2, 5},
    {OF_TENSOR, HIDDEN_SIZE, 2, 6},
    {OF_TENSOR, HIDDEN_SIZE, 2, 7},
};

static const Bias biases[] = {
    {0},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 4, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_i, Q_x}}},
    {1, 0, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_i, Q_h_prev}}},
    {3, 0, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_j, Q_u}}},
    {4, 0, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_j, Q_v}}},
};

static const Total totals[] = {
    {2, 0, 5, HIDDEN_SIZE, 0, 0},
    {2, 1, 6, HIDDEN_SIZE, 0, 0},
    {2, 2, 7, HIDDEN_SIZE, 0, 0},
    {2, 3, 0, HIDDEN_SIZE, 0, 0},
    {2, 4, 1, HIDDEN_SIZE, 0, 0},
    {2, 5, 2, HIDDEN_SIZE, 0, 0},
    {2, 6, 3, HIDDEN_SIZE, 0, 0},
    {2, 7, 4, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_ii_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 1, (const Product[]){{1, 2, -1, 0, 1, (const short[]){Q_u}}, {1, 3, -1, 1, 1, (const short[]){Q_v}}}, (const short[]){Q_a_uj_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 2, (const Product[]){{2, 4, -1, 0, 4, (const short[]){Q_d_a_j, Q_d_a_k, Q_d_a_l, Q_d_a_q}}, {3, 5, -1, 0, 4, (const short[]){Q_d_a_j, Q_d_a_k, Q_d_a_l, Q_d_a_q}}}, (const short[]){Q_d_v_, Q_d_u_}, back_2}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{4, 6, -1, 0, 4, (const short[]){Q_d_a_i, Q_d_a_f, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_d_h_prev_}, back_3}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{5, 7, -1, 0, 4, (const short[]){Q_d_a_i, Q_d_a_f, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_d_x_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "nested_lstm",
    .quantities = 63,
    .forward_quantities = 35,
    .states = 3,
    .inputs = 1,
    .axes = 4,
    .tensors = 5,
    .constants = 0,
    .packs = 8,
    .buffers = 6,
    .fixed = 8,
    .biases = 0,
    .early = 1,
    .outers = 4,
    .totals = 8,
    .sums = 8,
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
