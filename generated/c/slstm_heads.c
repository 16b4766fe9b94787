/* Of slstm_heads.py as it was written, SHA-256 7a91ca9ae956cbd3e8ee86fe381e7f4d5a32de47ee209d7d1e1ec2b6631f3163 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * sLSTM with heads. One time step:
 *
 *     ĩₜ = W_ii_tilde xₜ + b_ii_tilde + W_hi_tilde hₜ₋₁
 *     f̃ₜ = W_if_tilde xₜ + b_if_tilde + W_hf_tilde hₜ₋₁
 *     zₜ = tanh(W_iz xₜ + b_iz + W_hz hₜ₋₁)
 *     oₜ = σ(W_io xₜ + b_io + W_ho hₜ₋₁)
 *     m̂ₜ = −softplus(−f̃ₜ) + mₜ₋₁
 *     mₜ = max(ĩₜ, m̂ₜ)
 *     iₜ = exp(ĩₜ − mₜ)
 *     fₜ = exp(m̂ₜ − mₜ)
 *     cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ zₜ
 *     nₜ = fₜ ⊙ nₜ₋₁ + iₜ
 *     hₜ = oₜ ⊙ cₜ/nₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_0_,
    Q_a_x_1_,
    Q_a_x_2_,
    Q_a_x_3_,
    Q_x,
    Q_h_prev,
    Q_c_prev,
    Q_n_prev,
    Q_m_prev,
    Q_h,
    Q_c,
    Q_n,
    Q_m,
    Q_i_tilde,
    Q_f_tilde,
    Q_z,
    Q_o,
    Q_m_hat,
    Q_i,
    Q_f,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_d_n_later,
    Q_d_m_later,
    Q_d_h_prev_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_n_prev,
    Q_d_m_prev,
    Q_d_x,
    Q_d_i_tilde,
    Q_d_f_tilde,
    Q_d_a_z,
    Q_d_a_o,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1,
    Q_d_bias_ih_2,
    Q_d_bias_ih_3
};

enum { SIZE_heads = NAMED };

static const Quantity quantities[] = {
    [Q_a_x_0_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_0_},
    [Q_a_x_1_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_x_0_},
    [Q_a_x_2_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_x_0_},
    [Q_a_x_3_] = {EARLY, HIDDEN_SIZE, 0, 0, 3, Q_a_x_0_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_n_prev] = {BEFORE, HIDDEN_SIZE, 0, 2, 0, Q_n_prev},
    [Q_m_prev] = {BEFORE, HIDDEN_SIZE, 0, 3, 0, Q_m_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_n] = {AFTER, HIDDEN_SIZE, 0, 2, 0, Q_n},
    [Q_m] = {AFTER, HIDDEN_SIZE, 0, 3, 0, Q_m},
    [Q_i_tilde] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_i_tilde},
    [Q_f_tilde] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_i_tilde},
    [Q_z] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_i_tilde},
    [Q_o] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_i_tilde},
    [Q_m_hat] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_i_tilde},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_i_tilde},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 6, 0, Q_i_tilde},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_n_later] = {LATER, HIDDEN_SIZE, 0, 2, 0, Q_d_n_later},
    [Q_d_m_later] = {LATER, HIDDEN_SIZE, 0, 3, 0, Q_d_m_later},
    [Q_d_h_prev_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_d_h_prev_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_n_prev] = {EARLIER, HIDDEN_SIZE, 0, 2, 0, Q_d_n_prev},
    [Q_d_m_prev] = {EARLIER, HIDDEN_SIZE, 0, 3, 0, Q_d_m_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_i_tilde] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_i_tilde},
    [Q_d_f_tilde] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_f_tilde},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_z},
    [Q_d_a_o] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_o},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_1},
    [Q_d_bias_ih_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_ih_2},
    [Q_d_bias_ih_3] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_ih_3},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec m_prev = get(Q_m_prev);
            const vec c_prev = get(Q_c_prev);
            const vec n_prev = get(Q_n_prev);
            const vec i_tilde = get(Q_a_x_0_);
            const vec f_tilde = get(Q_a_x_1_);
            const vec a_z = get(Q_a_x_2_);
            const vec a_o = get(Q_a_x_3_);
            const vec z = vtanh(a_z);
            const vec o = vsigmoid(a_o);
            const vec m_hat = -vsoftplus(-f_tilde) + m_prev;
            const vec m = maximum(i_tilde, m_hat);
            const vec i = vexp(i_tilde - m);
            const vec f = vexp(m_hat - m);
            const vec c = f * c_prev + i * z;
            const vec n = f * n_prev + i;
            const vec h = o * c / n;
            put(Q_m, m);
            put(Q_c, c);
            put(Q_n, n);
            put(Q_h, h);
            if (keep) {
                put(Q_i_tilde, i_tilde);
                put(Q_f_tilde, f_tilde);
                put(Q_z, z);
                put(Q_o, o);
                put(Q_m_hat, m_hat);
                put(Q_i, i);
                put(Q_f, f);
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
        vec d_bias_ih_2 = splat(0);
        vec d_bias_ih_3 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec h = get(Q_h);
            const vec n = get(Q_n);
            const vec o = get(Q_o);
            const vec c_prev = get(Q_c_prev);
            const vec n_prev = get(Q_n_prev);
            const vec f = get(Q_f);
            const vec z = get(Q_z);
            const vec i = get(Q_i);
            const vec i_tilde = get(Q_i_tilde);
            const vec m_hat = get(Q_m_hat);
            const vec c = get(Q_c);
            const vec f_tilde = get(Q_f_tilde);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_n_next = get(Q_d_n_later);
            const vec d_m_next = get(Q_d_m_later);
            const vec d_n = d_n_next - d_h * h / n;
            const vec d_c = d_c_next + d_h * o / n;
            const vec d_f = d_c * c_prev + d_n * n_prev;
            const vec d_a_f = d_f * f;
            const vec d_i = d_c * z + d_n;
            const vec d_a_i = d_i * i;
            const vec d_m = d_m_next - d_a_i - d_a_f;
            const vec d_m_hat = where(i_tilde > m_hat, splat(R(0)), where(i_tilde < m_hat, d_m, R(0.5) * d_m)) + d_a_f;
            const vec d_a_o = o * (R(1) - o) * d_h * c / n;
            const vec d_a_z = (R(1) - power(z, 2)) * d_c * i;
            const vec d_f_tilde = d_m_hat * vsigmoid(-f_tilde);
            const vec d_i_tilde = where(i_tilde > m_hat, d_m, where(i_tilde < m_hat, splat(R(0)), R(0.5) * d_m)) + d_a_i;
            const vec d_c_prev = d_c * f;
            const vec d_n_prev = d_n * f;
            const vec d_m_prev = d_m_hat;
            d_bias_ih_0 += d_i_tilde;
            d_bias_ih_1 += d_f_tilde;
            d_bias_ih_2 += d_a_z;
            d_bias_ih_3 += d_a_o;
            put(Q_d_a_o, d_a_o);
            put(Q_d_a_z, d_a_z);
            put(Q_d_f_tilde, d_f_tilde);
            put(Q_d_i_tilde, d_i_tilde);
            put(Q_d_c_prev, d_c_prev);
            put(Q_d_n_prev, d_n_prev);
            put(Q_d_m_prev, d_m_prev);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
        add(Q_d_bias_ih_2, d_bias_ih_2);
        add(Q_d_bias_ih_3, d_bias_ih_3);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h_prev = get(Q_d_h_prev_);
            put(Q_d_h_prev, d_h_prev);
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
    {HIDDEN_SIZE, 0},
    {HIDDEN_SIZE, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 4, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, SIZE_heads, 4, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 4, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 4, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 4, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 4, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 4},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 4, 1, (const Summand[]){{1, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 4, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_i_tilde, Q_x}}},
    {2, 0, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_i_tilde, Q_h_prev}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {1, 1, 1, HIDDEN_SIZE, 0, 0},
    {1, 2, 2, HIDDEN_SIZE, 0, 0},
    {1, 3, 3, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_x_0_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 4, (const short[]){Q_d_i_tilde, Q_d_f_tilde, Q_d_a_z, Q_d_a_o}}}, (const short[]){Q_d_h_prev_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{2, 3, -1, 0, 4, (const short[]){Q_d_i_tilde, Q_d_f_tilde, Q_d_a_z, Q_d_a_o}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    "heads",
};

const Cell derive_cell = {
    .name = "slstm_heads",
    .quantities = 40,
    .forward_quantities = 20,
    .states = 4,
    .inputs = 1,
    .axes = 5,
    .tensors = 3,
    .constants = 0,
    .packs = 4,
    .buffers = 3,
    .fixed = 0,
    .biases = 1,
    .early = 1,
    .outers = 2,
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
