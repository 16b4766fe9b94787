/* Of time_lstm.py as it was written, SHA-256 6420963d7dc39e0c6a664414f162aad60b330ffad3ac8dacb68260093cd9eb0f */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Time-aware LSTM. One time step:
 *
 *     sₜ = tanh(W_cs cₜ₋₁ + b_cs)
 *     ĉₜ = cₜ₋₁ − sₜ + sₜ/log(e + dtₜ)
 *     fₜ = σ(W_if xₜ + W_hf hₜ₋₁ + b_f)
 *     iₜ = σ(W_ii xₜ + W_hi hₜ₋₁ + b_i)
 *     oₜ = σ(W_io xₜ + W_ho hₜ₋₁ + b_o)
 *     gₜ = tanh(W_ig xₜ + W_hg hₜ₋₁ + b_g)
 *     cₜ = fₜ ⊙ ĉₜ + iₜ ⊙ gₜ
 *     hₜ = oₜ ⊙ tanh(cₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_0_,
    Q_a_x_1_,
    Q_a_x_2_,
    Q_a_x_3_,
    Q_a_s_,
    Q_x,
    Q_dt,
    Q_h_prev,
    Q_c_prev,
    Q_h,
    Q_c,
    Q_log_c_hat,
    Q_s,
    Q_c_hat,
    Q_f,
    Q_i,
    Q_o,
    Q_g,
    Q_tanh_c,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_d_h_prev_,
    Q_a_92_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_x,
    Q_d_dt,
    Q_d_a_s,
    Q_d_a_f,
    Q_d_a_i,
    Q_d_a_o,
    Q_d_a_g,
    Q_a_log_c_hat,
    Q_d_c_hat,
    Q_a_57,
    Q_d_log_c_hat,
    Q_d_bias_ch,
    Q_d_bias_0,
    Q_d_bias_1,
    Q_d_bias_2,
    Q_d_bias_3
};

static const Quantity quantities[] = {
    [Q_a_x_0_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_0_},
    [Q_a_x_1_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_x_0_},
    [Q_a_x_2_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_x_0_},
    [Q_a_x_3_] = {EARLY, HIDDEN_SIZE, 0, 0, 3, Q_a_x_0_},
    [Q_a_s_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_s_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_dt] = {INPUT, ONE, 0, 1, 0, Q_dt},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_log_c_hat] = {PANEL, ONE, 1, 0, 0, Q_log_c_hat},
    [Q_s] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_s},
    [Q_c_hat] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_s},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_s},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_s},
    [Q_o] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_s},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_s},
    [Q_tanh_c] = {PANEL, HIDDEN_SIZE, 1, 6, 0, Q_s},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_h_prev_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_d_h_prev_},
    [Q_a_92_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_a_92_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 4, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_dt] = {D_INPUT, ONE, 0, 1, 0, Q_d_dt},
    [Q_d_a_s] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_s},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_f},
    [Q_d_a_i] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_i},
    [Q_d_a_o] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_o},
    [Q_d_a_g] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_d_a_g},
    [Q_a_log_c_hat] = {PANEL, ONE, 0, 0, 0, Q_a_log_c_hat},
    [Q_d_c_hat] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_c_hat},
    [Q_a_57] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_d_c_hat},
    [Q_d_log_c_hat] = {PANEL, ONE, 0, 1, 0, Q_a_log_c_hat},
    [Q_d_bias_ch] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ch},
    [Q_d_bias_0] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_0},
    [Q_d_bias_1] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_1},
    [Q_d_bias_2] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_2},
    [Q_d_bias_3] = {SUM, HIDDEN_SIZE, 0, 4, 0, Q_d_bias_3},
};

/* Stage 1 of a time step, panels of numbers. */
static void step_1_numbers(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec dt = get(Q_dt);
            const vec log_c_hat = vlog(R(2.718281828459045) + dt);
            put(Q_log_c_hat, log_c_hat);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec c_prev = get(Q_c_prev);
            const vec log_c_hat = get(Q_log_c_hat);
            const vec a_s = get(Q_a_s_);
            const vec s = vtanh(a_s);
            const vec c_hat = c_prev - s + s / log_c_hat;
            const vec a_f = get(Q_a_x_0_);
            const vec a_i = get(Q_a_x_1_);
            const vec a_o = get(Q_a_x_2_);
            const vec a_g = get(Q_a_x_3_);
            const vec f = vsigmoid(a_f);
            const vec i = vsigmoid(a_i);
            const vec o = vsigmoid(a_o);
            const vec g = vtanh(a_g);
            const vec c = f * c_hat + i * g;
            const vec tanh_c = vtanh(c);
            const vec h = o * tanh_c;
            put(Q_c, c);
            put(Q_h, h);
            if (keep) {
                put(Q_s, s);
                put(Q_c_hat, c_hat);
                put(Q_f, f);
                put(Q_i, i);
                put(Q_o, o);
                put(Q_g, g);
                put(Q_tanh_c, tanh_c);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of numbers. */
static void back_1_numbers(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec dt = get(Q_dt);
            const vec a_log_c_hat = R(2.718281828459045) + dt;
            put(Q_a_log_c_hat, a_log_c_hat);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_ch = splat(0);
        vec d_bias_0 = splat(0);
        vec d_bias_1 = splat(0);
        vec d_bias_2 = splat(0);
        vec d_bias_3 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec o = get(Q_o);
            const vec tanh_c = get(Q_tanh_c);
            const vec i = get(Q_i);
            const vec g = get(Q_g);
            const vec f = get(Q_f);
            const vec c_hat = get(Q_c_hat);
            const vec s = get(Q_s);
            const vec log_c_hat = get(Q_log_c_hat);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_c = d_c_next + d_h * o * (R(1) - power(tanh_c, 2));
            const vec d_a_g = d_c * i * (R(1) - power(g, 2));
            const vec d_a_o = d_h * tanh_c * o * (R(1) - o);
            const vec d_a_i = d_c * g * i * (R(1) - i);
            const vec d_a_f = f * (R(1) - f) * d_c * c_hat;
            const vec d_c_hat = d_c * f;
            const vec a_57 = -d_c_hat * s / power(log_c_hat, 2);
            const vec d_a_s = (R(1) - power(s, 2)) * d_c_hat * (R(1) / log_c_hat - R(1));
            d_bias_ch += d_a_s;
            d_bias_0 += d_a_f;
            d_bias_1 += d_a_i;
            d_bias_2 += d_a_o;
            d_bias_3 += d_a_g;
            put(Q_d_a_g, d_a_g);
            put(Q_d_a_o, d_a_o);
            put(Q_d_a_i, d_a_i);
            put(Q_d_a_f, d_a_f);
            put(Q_d_c_hat, d_c_hat);
            put(Q_a_57, a_57);
            put(Q_d_a_s, d_a_s);
        }
        add(Q_d_bias_ch, d_bias_ch);
        add(Q_d_bias_0, d_bias_0);
        add(Q_d_bias_1, d_bias_1);
        add(Q_d_bias_2, d_bias_2);
        add(Q_d_bias_3, d_bias_3);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of numbers. */
static void back_2_numbers(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_log_c_hat = get(Q_d_log_c_hat);
            const vec a_log_c_hat = get(Q_a_log_c_hat);
            const vec d_dt = d_log_c_hat / a_log_c_hat;
            put(Q_d_dt, d_dt);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_c_hat = get(Q_d_c_hat);
            const vec a_92_ = get(Q_a_92_);
            const vec d_h_prev = get(Q_d_h_prev_);
            const vec d_c_prev = d_c_hat + a_92_;
            put(Q_d_h_prev, d_h_prev);
            put(Q_d_c_prev, d_c_prev);
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
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
    ONE,
};

static const Tensor tensors[] = {
    {"weight_ch", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"bias_ch", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 4, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 4, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {2, 0, 4, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 4, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 4, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 4, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 4},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 4, 1, (const Summand[]){{4, 0}}},
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{1, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_s, Q_c_prev}}},
    {2, 0, 4, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_f, Q_x}}},
    {3, 0, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_f, Q_h_prev}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {4, 0, 1, HIDDEN_SIZE, 0, 0},
    {4, 1, 2, HIDDEN_SIZE, 0, 0},
    {4, 2, 3, HIDDEN_SIZE, 0, 0},
    {4, 3, 4, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 2, 0, (const Group[]){{ONE, 0, 0, 0, 0, 0, step_1_numbers}, {HIDDEN_SIZE, 0, 2, 2, (const Product[]){{1, 1, 1, 0, 1, (const short[]){Q_c_prev}}, {0, 2, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_s_, Q_a_x_0_}, step_1}}},
};

static const Stage backward[] = {
    {0, 2, 0, (const Group[]){{ONE, 0, 0, 0, 0, 0, back_1_numbers}, {HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {1, 3, (const Reduction[]){{SUM_OF, Q_d_log_c_hat, 1, (const short[]){Q_a_57}, 0, 0}}, (const Group[]){{ONE, 0, 0, 0, 0, 0, back_2_numbers}, {HIDDEN_SIZE, 0, 2, 2, (const Product[]){{2, 3, -1, 0, 4, (const short[]){Q_d_a_f, Q_d_a_i, Q_d_a_o, Q_d_a_g}}, {3, 4, -1, 0, 1, (const short[]){Q_d_a_s}}}, (const short[]){Q_d_h_prev_, Q_a_92_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{4, 5, -1, 0, 4, (const short[]){Q_d_a_f, Q_d_a_i, Q_d_a_o, Q_d_a_g}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "time_lstm",
    .quantities = 43,
    .forward_quantities = 19,
    .states = 2,
    .inputs = 2,
    .axes = 4,
    .tensors = 5,
    .constants = 0,
    .packs = 6,
    .buffers = 5,
    .fixed = 0,
    .biases = 2,
    .early = 1,
    .outers = 3,
    .totals = 5,
    .sums = 5,
    .reads_input = 1,
    .waits = 1,
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
