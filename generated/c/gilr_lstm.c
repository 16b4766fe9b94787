/* Of gilr_lstm.py as it was written, SHA-256 20371bb2af2615bcf74381c8b0a816eb68161e388aba7ac880e188236999e274 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * LSTM over a gated impulse linear recurrent layer. One time step:
 *
 *     kₜ = σ(W_ik xₜ + b_ik)
 *     uₜ = tanh(W_iu xₜ + b_iu)
 *     fₜ = σ(W_if xₜ + W_sf sₜ₋₁ + b_f)
 *     iₜ = σ(W_ii xₜ + W_si sₜ₋₁ + b_i)
 *     oₜ = σ(W_io xₜ + W_so sₜ₋₁ + b_o)
 *     zₜ = tanh(W_iz xₜ + W_sz sₜ₋₁ + b_z)
 *     sₜ = kₜ ⊙ sₜ₋₁ + (1 − kₜ) ⊙ uₜ
 *     cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ zₜ
 *     hₜ = oₜ ⊙ cₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_k_,
    Q_a_u_,
    Q_a_x_0_,
    Q_a_x_1_,
    Q_a_x_2_,
    Q_a_x_3_,
    Q_x,
    Q_c_prev,
    Q_s_prev,
    Q_h,
    Q_c,
    Q_s,
    Q_k,
    Q_u,
    Q_f,
    Q_i,
    Q_o,
    Q_z,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_d_s_later,
    Q_a_93_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_s_prev,
    Q_d_x,
    Q_d_a_k,
    Q_d_a_u,
    Q_d_a_f,
    Q_d_a_i,
    Q_d_a_o,
    Q_d_a_z,
    Q_d_s,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1,
    Q_d_bias_0,
    Q_d_bias_1,
    Q_d_bias_2,
    Q_d_bias_3
};

static const Quantity quantities[] = {
    [Q_a_k_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_k_},
    [Q_a_u_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_k_},
    [Q_a_x_0_] = {EARLY, HIDDEN_SIZE, 0, 1, 0, Q_a_x_0_},
    [Q_a_x_1_] = {EARLY, HIDDEN_SIZE, 0, 1, 1, Q_a_x_0_},
    [Q_a_x_2_] = {EARLY, HIDDEN_SIZE, 0, 1, 2, Q_a_x_0_},
    [Q_a_x_3_] = {EARLY, HIDDEN_SIZE, 0, 1, 3, Q_a_x_0_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_s_prev] = {BEFORE, HIDDEN_SIZE, 0, 2, 0, Q_s_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_s] = {AFTER, HIDDEN_SIZE, 0, 2, 0, Q_s},
    [Q_k] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_k},
    [Q_u] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_k},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_k},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_k},
    [Q_o] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_k},
    [Q_z] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_k},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_s_later] = {LATER, HIDDEN_SIZE, 0, 2, 0, Q_d_s_later},
    [Q_a_93_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_93_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 3, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_s_prev] = {EARLIER, HIDDEN_SIZE, 0, 2, 0, Q_d_s_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_k] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_k},
    [Q_d_a_u] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_u},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_f},
    [Q_d_a_i] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_i},
    [Q_d_a_o] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_d_a_o},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 5, 0, Q_d_a_z},
    [Q_d_s] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_s},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_1},
    [Q_d_bias_0] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_0},
    [Q_d_bias_1] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_1},
    [Q_d_bias_2] = {SUM, HIDDEN_SIZE, 0, 4, 0, Q_d_bias_2},
    [Q_d_bias_3] = {SUM, HIDDEN_SIZE, 0, 5, 0, Q_d_bias_3},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec s_prev = get(Q_s_prev);
            const vec c_prev = get(Q_c_prev);
            const vec a_k = get(Q_a_k_);
            const vec a_u = get(Q_a_u_);
            const vec k = vsigmoid(a_k);
            const vec u = vtanh(a_u);
            const vec a_f = get(Q_a_x_0_);
            const vec a_i = get(Q_a_x_1_);
            const vec a_o = get(Q_a_x_2_);
            const vec a_z = get(Q_a_x_3_);
            const vec f = vsigmoid(a_f);
            const vec i = vsigmoid(a_i);
            const vec o = vsigmoid(a_o);
            const vec z = vtanh(a_z);
            const vec s = k * s_prev + (R(1) - k) * u;
            const vec c = f * c_prev + i * z;
            const vec h = o * c;
            put(Q_s, s);
            put(Q_c, c);
            put(Q_h, h);
            if (keep) {
                put(Q_k, k);
                put(Q_u, u);
                put(Q_f, f);
                put(Q_i, i);
                put(Q_o, o);
                put(Q_z, z);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_ih_0 = splat(0);
        vec d_bias_ih_1 = splat(0);
        vec d_bias_0 = splat(0);
        vec d_bias_1 = splat(0);
        vec d_bias_2 = splat(0);
        vec d_bias_3 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec o = get(Q_o);
            const vec i = get(Q_i);
            const vec z = get(Q_z);
            const vec c = get(Q_c);
            const vec f = get(Q_f);
            const vec c_prev = get(Q_c_prev);
            const vec k = get(Q_k);
            const vec u = get(Q_u);
            const vec s_prev = get(Q_s_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_s = get(Q_d_s_later);
            const vec d_c = d_c_next + d_h * o;
            const vec d_a_z = d_c * i * (R(1) - power(z, 2));
            const vec d_a_o = o * (R(1) - o) * d_h * c;
            const vec d_a_i = d_c * z * i * (R(1) - i);
            const vec d_a_f = f * (R(1) - f) * d_c * c_prev;
            const vec d_u = d_s * (R(1) - k);
            const vec d_a_u = d_u * (R(1) - power(u, 2));
            const vec d_a_k = k * (R(1) - k) * d_s * (s_prev - u);
            const vec d_h_prev = splat(R(0));
            const vec d_c_prev = d_c * f;
            d_bias_ih_0 += d_a_k;
            d_bias_ih_1 += d_a_u;
            d_bias_0 += d_a_f;
            d_bias_1 += d_a_i;
            d_bias_2 += d_a_o;
            d_bias_3 += d_a_z;
            put(Q_d_s, d_s);
            put(Q_d_a_z, d_a_z);
            put(Q_d_a_o, d_a_o);
            put(Q_d_a_i, d_a_i);
            put(Q_d_a_f, d_a_f);
            put(Q_d_a_u, d_a_u);
            put(Q_d_a_k, d_a_k);
            put(Q_d_h_prev, d_h_prev);
            put(Q_d_c_prev, d_c_prev);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
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
            const vec d_s = get(Q_d_s);
            const vec k = get(Q_k);
            const vec a_93_ = get(Q_a_93_);
            const vec d_s_prev = d_s * k + a_93_;
            put(Q_d_s_prev, d_s_prev);
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
    {HIDDEN_SIZE, 0},
    {HIDDEN_SIZE, 1, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 6, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 2, 0, 0},
    {"weight_sh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 4, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 2, 4, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 4, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 4, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 6, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 2},
    {HIDDEN_SIZE, 1, 4},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 2, 1, (const Summand[]){{1, 0}}},
    {HIDDEN_SIZE, 4, 1, (const Summand[]){{3, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
    {1, 1, 1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 6, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_k, Q_x}}},
    {2, 0, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_f, Q_s_prev}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {1, 1, 1, HIDDEN_SIZE, 0, 0},
    {3, 0, 2, HIDDEN_SIZE, 0, 0},
    {3, 1, 3, HIDDEN_SIZE, 0, 0},
    {3, 2, 4, HIDDEN_SIZE, 0, 0},
    {3, 3, 5, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{1, 2, -1, 1, 1, (const short[]){Q_s_prev}}}, (const short[]){Q_a_k_, Q_a_x_0_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 3, -1, 0, 4, (const short[]){Q_d_a_f, Q_d_a_i, Q_d_a_o, Q_d_a_z}}}, (const short[]){Q_a_93_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{3, 4, -1, 0, 6, (const short[]){Q_d_a_k, Q_d_a_u, Q_d_a_f, Q_d_a_i, Q_d_a_o, Q_d_a_z}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "gilr_lstm",
    .quantities = 41,
    .forward_quantities = 18,
    .states = 3,
    .inputs = 1,
    .axes = 4,
    .tensors = 4,
    .constants = 0,
    .packs = 5,
    .buffers = 4,
    .fixed = 0,
    .biases = 2,
    .early = 2,
    .outers = 2,
    .totals = 6,
    .sums = 6,
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
