/* Of on_lstm_chunks.py as it was written, SHA-256 0312752857aaf940a31b9d1b8c780bcf3cebea2b769f06a02e77afcfb66d38c3 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Ordered-neurons LSTM with chunks. One time step:
 *
 *     pₜ = cumsum(softmax(W_ip xₜ + b_ip + W_hp hₜ₋₁ + b_hp))
 *     qₜ = 1 − cumsum(softmax(W_iq xₜ + b_iq + W_hq hₜ₋₁ + b_hq))
 *     f̃ₜ = R pₜ
 *     ĩₜ = R qₜ
 *     iₜ = σ(W_ii xₜ + b_ii + W_hi hₜ₋₁ + b_hi)
 *     fₜ = σ(W_if xₜ + b_if + W_hf hₜ₋₁ + b_hf)
 *     gₜ = tanh(W_ig xₜ + b_ig + W_hg hₜ₋₁ + b_hg)
 *     oₜ = σ(W_io xₜ + b_io + W_ho hₜ₋₁ + b_ho)
 *     ωₜ = f̃ₜ ⊙ ĩₜ
 *     f̂ₜ = fₜ ⊙ ωₜ + f̃ₜ − ωₜ
 *     îₜ = iₜ ⊙ ωₜ + ĩₜ − ωₜ
 *     cₜ = f̂ₜ ⊙ cₜ₋₁ + îₜ ⊙ gₜ
 *     hₜ = oₜ ⊙ tanh(cₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_0_,
    Q_a_x_1_,
    Q_a_x2_0_,
    Q_a_x2_1_,
    Q_a_x2_2_,
    Q_a_x2_3_,
    Q_x,
    Q_h_prev,
    Q_c_prev,
    Q_h,
    Q_c,
    Q_a_p,
    Q_a_q,
    Q_i,
    Q_f,
    Q_g,
    Q_o,
    Q_softmax_a_p,
    Q_softmax_a_q,
    Q_p,
    Q_cumsum_softmax_a_q,
    Q_q,
    Q_f_tilde,
    Q_i_tilde,
    Q_omega,
    Q_f_hat,
    Q_i_hat,
    Q_tanh_c,
    Q_R_,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_a_135_,
    Q_a_137_,
    Q_a_138_,
    Q_a_139_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_x,
    Q_d_a_p,
    Q_d_a_q,
    Q_d_a_i,
    Q_d_a_f,
    Q_d_a_g,
    Q_d_a_o,
    Q_d_i_tilde,
    Q_d_f_tilde,
    Q_d_q,
    Q_d_p,
    Q_d_cumsum_softmax_a_q,
    Q_a_137,
    Q_a_139,
    Q_d_softmax_a_q,
    Q_d_softmax_a_p,
    Q_a_79,
    Q_a_84,
    Q_a_80,
    Q_a_85,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1,
    Q_d_bias_ih_2,
    Q_d_bias_ih_3,
    Q_d_bias_i_chunks_0,
    Q_d_bias_i_chunks_1
};

enum { SIZE_chunks = NAMED, SIZE_hidden_size_chunks };

static const Quantity quantities[] = {
    [Q_a_x_0_] = {EARLY, SIZE_chunks, 0, 0, 0, Q_a_x_0_},
    [Q_a_x_1_] = {EARLY, SIZE_chunks, 0, 0, 1, Q_a_x_0_},
    [Q_a_x2_0_] = {EARLY, HIDDEN_SIZE, 0, 1, 0, Q_a_x2_0_},
    [Q_a_x2_1_] = {EARLY, HIDDEN_SIZE, 0, 1, 1, Q_a_x2_0_},
    [Q_a_x2_2_] = {EARLY, HIDDEN_SIZE, 0, 1, 2, Q_a_x2_0_},
    [Q_a_x2_3_] = {EARLY, HIDDEN_SIZE, 0, 1, 3, Q_a_x2_0_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_a_p] = {PANEL, SIZE_chunks, 0, 0, 0, Q_a_p},
    [Q_a_q] = {PANEL, SIZE_chunks, 0, 1, 0, Q_a_p},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_i},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_i},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_i},
    [Q_o] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_i},
    [Q_softmax_a_p] = {PANEL, SIZE_chunks, 1, 0, 0, Q_softmax_a_p},
    [Q_softmax_a_q] = {PANEL, SIZE_chunks, 1, 1, 0, Q_softmax_a_p},
    [Q_p] = {ROW, SIZE_chunks, 0, 0, 0, Q_p},
    [Q_cumsum_softmax_a_q] = {PANEL, SIZE_chunks, 0, 2, 0, Q_a_p},
    [Q_q] = {ROW, SIZE_chunks, 0, 1, 0, Q_q},
    [Q_f_tilde] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_f_tilde},
    [Q_i_tilde] = {ROW, HIDDEN_SIZE, 1, 5, 0, Q_i_tilde},
    [Q_omega] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_i},
    [Q_f_hat] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_i},
    [Q_i_hat] = {PANEL, HIDDEN_SIZE, 1, 6, 0, Q_i},
    [Q_tanh_c] = {PANEL, HIDDEN_SIZE, 1, 7, 0, Q_i},
    [Q_R_] = {FIXED, SIZE_hidden_size_chunks, 0, 0, 0, Q_R_},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_a_135_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_135_},
    [Q_a_137_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_a_137_},
    [Q_a_138_] = {LOCAL, INPUT_SIZE, 0, 4, 0, Q_a_138_},
    [Q_a_139_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_a_139_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_p] = {ROW, SIZE_chunks, 1, 0, 0, Q_d_a_p},
    [Q_d_a_q] = {ROW, SIZE_chunks, 1, 1, 0, Q_d_a_q},
    [Q_d_a_i] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_i},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_f},
    [Q_d_a_g] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_g},
    [Q_d_a_o] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_o},
    [Q_d_i_tilde] = {ROW, HIDDEN_SIZE, 0, 0, 0, Q_d_i_tilde},
    [Q_d_f_tilde] = {ROW, HIDDEN_SIZE, 0, 1, 0, Q_d_f_tilde},
    [Q_d_q] = {ROW, SIZE_chunks, 0, 2, 0, Q_d_q},
    [Q_d_p] = {ROW, SIZE_chunks, 0, 3, 0, Q_d_p},
    [Q_d_cumsum_softmax_a_q] = {PANEL, SIZE_chunks, 0, 3, 0, Q_a_p},
    [Q_a_137] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_a_137},
    [Q_a_139] = {PANEL, INPUT_SIZE, 0, 0, 0, Q_a_139},
    [Q_d_softmax_a_q] = {PANEL, SIZE_chunks, 0, 4, 0, Q_a_p},
    [Q_d_softmax_a_p] = {PANEL, SIZE_chunks, 0, 5, 0, Q_a_p},
    [Q_a_79] = {PANEL, SIZE_chunks, 0, 6, 0, Q_a_p},
    [Q_a_84] = {PANEL, SIZE_chunks, 0, 7, 0, Q_a_p},
    [Q_a_80] = {PANEL, ONE, 0, 0, 0, Q_a_80},
    [Q_a_85] = {PANEL, ONE, 0, 1, 0, Q_a_80},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_1},
    [Q_d_bias_ih_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_ih_2},
    [Q_d_bias_ih_3] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_ih_3},
    [Q_d_bias_i_chunks_0] = {SUM, SIZE_chunks, 0, 4, 0, Q_d_bias_i_chunks_0},
    [Q_d_bias_i_chunks_1] = {SUM, SIZE_chunks, 0, 5, 0, Q_d_bias_i_chunks_1},
};

/* Stage 1 of a time step, panels of chunks. */
static void step_1_chunks(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_p = get(Q_a_x_0_);
            const vec a_q = get(Q_a_x_1_);
            put(Q_a_p, a_p);
            put(Q_a_q, a_q);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_i = get(Q_a_x2_0_);
            const vec a_f = get(Q_a_x2_1_);
            const vec a_g = get(Q_a_x2_2_);
            const vec a_o = get(Q_a_x2_3_);
            const vec i = vsigmoid(a_i);
            const vec f = vsigmoid(a_f);
            const vec g = vtanh(a_g);
            const vec o = vsigmoid(a_o);
            put(Q_i, i);
            put(Q_f, f);
            put(Q_g, g);
            put(Q_o, o);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of chunks. */
static void step_3_chunks(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec cumsum_softmax_a_q = get(Q_cumsum_softmax_a_q);
            const vec q = R(1) - cumsum_softmax_a_q;
            put(Q_q, q);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step, panels of units. */
static void step_4(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec f_tilde = get(Q_f_tilde);
            const vec i_tilde = get(Q_i_tilde);
            const vec f = get(Q_f);
            const vec i = get(Q_i);
            const vec c_prev = get(Q_c_prev);
            const vec g = get(Q_g);
            const vec o = get(Q_o);
            const vec omega = f_tilde * i_tilde;
            const vec f_hat = f * omega + f_tilde - omega;
            const vec i_hat = i * omega + i_tilde - omega;
            const vec c = f_hat * c_prev + i_hat * g;
            const vec tanh_c = vtanh(c);
            const vec h = o * tanh_c;
            put(Q_c, c);
            put(Q_h, h);
            if (keep) {
                put(Q_omega, omega);
                put(Q_f_hat, f_hat);
                put(Q_i_hat, i_hat);
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
        vec d_bias_ih_0 = splat(0);
        vec d_bias_ih_1 = splat(0);
        vec d_bias_ih_2 = splat(0);
        vec d_bias_ih_3 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec o = get(Q_o);
            const vec tanh_c = get(Q_tanh_c);
            const vec g = get(Q_g);
            const vec c_prev = get(Q_c_prev);
            const vec f = get(Q_f);
            const vec i = get(Q_i);
            const vec i_hat = get(Q_i_hat);
            const vec omega = get(Q_omega);
            const vec f_tilde = get(Q_f_tilde);
            const vec i_tilde = get(Q_i_tilde);
            const vec f_hat = get(Q_f_hat);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_c = d_c_next + d_h * o * (R(1) - power(tanh_c, 2));
            const vec d_i_hat = d_c * g;
            const vec d_f_hat = d_c * c_prev;
            const vec d_omega = d_f_hat * (f - R(1)) + d_i_hat * (i - R(1));
            const vec d_a_o = d_h * tanh_c * o * (R(1) - o);
            const vec d_a_g = (R(1) - power(g, 2)) * d_c * i_hat;
            const vec d_a_f = f * (R(1) - f) * d_f_hat * omega;
            const vec d_a_i = i * (R(1) - i) * d_i_hat * omega;
            const vec d_i_tilde = d_omega * f_tilde + d_i_hat;
            const vec d_f_tilde = d_omega * i_tilde + d_f_hat;
            const vec d_c_prev = d_c * f_hat;
            d_bias_ih_0 += d_a_i;
            d_bias_ih_1 += d_a_f;
            d_bias_ih_2 += d_a_g;
            d_bias_ih_3 += d_a_o;
            put(Q_d_a_o, d_a_o);
            put(Q_d_a_g, d_a_g);
            put(Q_d_a_f, d_a_f);
            put(Q_d_a_i, d_a_i);
            put(Q_d_i_tilde, d_i_tilde);
            put(Q_d_f_tilde, d_f_tilde);
            put(Q_d_c_prev, d_c_prev);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
        add(Q_d_bias_ih_2, d_bias_ih_2);
        add(Q_d_bias_ih_3, d_bias_ih_3);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of chunks. */
static void back_2_chunks(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_q = get(Q_d_q);
            const vec d_cumsum_softmax_a_q = -d_q;
            put(Q_d_cumsum_softmax_a_q, d_cumsum_softmax_a_q);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_137 = get(Q_a_137_);
            put(Q_a_137, a_137);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of inputs. */
static void back_2_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_139 = get(Q_a_139_);
            put(Q_a_139, a_139);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of chunks. */
static void back_3_chunks(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_softmax_a_q = get(Q_d_softmax_a_q);
            const vec softmax_a_q = get(Q_softmax_a_q);
            const vec d_softmax_a_p = get(Q_d_softmax_a_p);
            const vec softmax_a_p = get(Q_softmax_a_p);
            const vec a_79 = d_softmax_a_q * softmax_a_q;
            const vec a_84 = d_softmax_a_p * softmax_a_p;
            put(Q_a_79, a_79);
            put(Q_a_84, a_84);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of chunks. */
static void back_4_chunks(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_i_chunks_0 = splat(0);
        vec d_bias_i_chunks_1 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_softmax_a_q = get(Q_d_softmax_a_q);
            const vec softmax_a_q = get(Q_softmax_a_q);
            const vec a_80 = get(Q_a_80);
            const vec d_softmax_a_p = get(Q_d_softmax_a_p);
            const vec softmax_a_p = get(Q_softmax_a_p);
            const vec a_85 = get(Q_a_85);
            const vec d_a_q = d_softmax_a_q * softmax_a_q - a_80 * softmax_a_q;
            const vec d_a_p = d_softmax_a_p * softmax_a_p - a_85 * softmax_a_p;
            d_bias_i_chunks_0 += d_a_p;
            d_bias_i_chunks_1 += d_a_q;
            put(Q_d_a_q, d_a_q);
            put(Q_d_a_p, d_a_p);
        }
        add(Q_d_bias_i_chunks_0, d_bias_i_chunks_0);
        add(Q_d_bias_i_chunks_1, d_bias_i_chunks_1);
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of units. */
static void back_5(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_135_ = get(Q_a_135_);
            const vec a_137 = get(Q_a_137);
            const vec d_h_prev = a_135_ + a_137;
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of inputs. */
static void back_5_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_138_ = get(Q_a_138_);
            const vec a_139 = get(Q_a_139);
            const vec d_x = a_138_ + a_139;
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_i_chunks", SIZE_chunks, INPUT_SIZE, ONE, 2, 0, 0},
    {"bias_i_chunks", SIZE_chunks, ONE, ONE, 2, 0, 0},
    {"weight_h_chunks", SIZE_chunks, HIDDEN_SIZE, ONE, 2, 0, 0},
    {"bias_h_chunks", SIZE_chunks, ONE, ONE, 2, 0, 0},
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 4, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 4, 0, 0},
    {"bias_hh", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
    {"R", SIZE_hidden_size_chunks, ONE, ONE, 1, 0, 1},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, SIZE_chunks, INPUT_SIZE},
    {4, 0, 4, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 2, 0, 0, SIZE_chunks, HIDDEN_SIZE},
    {6, 0, 4, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {6, 0, 4, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {4, 0, 4, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
    {2, 0, 2, 1, 0, HIDDEN_SIZE, SIZE_chunks},
    {0, 0, 2, 1, 0, INPUT_SIZE, SIZE_chunks},
};

static const Buffer buffers[] = {
    {SIZE_chunks, 1, 2},
    {HIDDEN_SIZE, 1, 4},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, SIZE_hidden_size_chunks, 8, 0},
};

static const Bias biases[] = {
    {SIZE_chunks, 2, 2, (const Summand[]){{1, 0}, {3, 0}}},
    {HIDDEN_SIZE, 4, 2, (const Summand[]){{5, 0}, {7, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
    {1, 1, 1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, SIZE_chunks, INPUT_SIZE, (const Factors[]){{Q_d_a_p, Q_x}}},
    {2, 0, 2, 1, SIZE_chunks, HIDDEN_SIZE, (const Factors[]){{Q_d_a_p, Q_h_prev}}},
    {4, 0, 4, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_i, Q_x}}},
    {6, 0, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_i, Q_h_prev}}},
};

static const Total totals[] = {
    {1, 0, 4, SIZE_chunks, 0, 0},
    {1, 1, 5, SIZE_chunks, 0, 0},
    {3, 0, 4, SIZE_chunks, 0, 0},
    {3, 1, 5, SIZE_chunks, 0, 0},
    {5, 0, 0, HIDDEN_SIZE, 0, 0},
    {5, 1, 1, HIDDEN_SIZE, 0, 0},
    {5, 2, 2, HIDDEN_SIZE, 0, 0},
    {5, 3, 3, HIDDEN_SIZE, 0, 0},
    {7, 0, 0, HIDDEN_SIZE, 0, 0},
    {7, 1, 1, HIDDEN_SIZE, 0, 0},
    {7, 2, 2, HIDDEN_SIZE, 0, 0},
    {7, 3, 3, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 2, 0, (const Group[]){{SIZE_chunks, 0, 1, 1, (const Product[]){{0, 2, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_x_0_}, step_1_chunks}, {HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 3, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_x2_0_}, step_1}}},
    {2, 0, (const Reduction[]){{SOFTMAX, Q_softmax_a_p, 1, (const short[]){Q_a_p}, 0, 0}, {SOFTMAX, Q_softmax_a_q, 1, (const short[]){Q_a_q}, 0, 0}}, 0},
    {2, 1, (const Reduction[]){{RUNNING, Q_p, 1, (const short[]){Q_softmax_a_p}, 0, 0}, {RUNNING, Q_cumsum_softmax_a_q, 1, (const short[]){Q_softmax_a_q}, 0, 0}}, (const Group[]){{SIZE_chunks, 0, 0, 0, 0, 0, step_3_chunks}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_f_tilde, 2, (const short[]){Q_R_, Q_p}, 2, (const Loop[]){{HIDDEN_SIZE, {1, 2, 0}}, {SIZE_chunks, {0, 1, 1}}}}, {CONTRACTION, Q_i_tilde, 2, (const short[]){Q_R_, Q_q}, 2, (const Loop[]){{HIDDEN_SIZE, {1, 2, 0}}, {SIZE_chunks, {0, 1, 1}}}}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, step_4}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {2, 3, (const Reduction[]){{CONTRACTION, Q_d_q, 2, (const short[]){Q_d_i_tilde, Q_R_}, 2, (const Loop[]){{HIDDEN_SIZE, {0, 1, 2}}, {SIZE_chunks, {1, 0, 1}}}}, {CONTRACTION, Q_d_p, 2, (const short[]){Q_d_f_tilde, Q_R_}, 2, (const Loop[]){{HIDDEN_SIZE, {0, 1, 2}}, {SIZE_chunks, {1, 0, 1}}}}}, (const Group[]){{SIZE_chunks, 0, 0, 0, 0, 0, back_2_chunks}, {HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 4, -1, 0, 4, (const short[]){Q_d_a_i, Q_d_a_f, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_a_137_}, back_2}, {INPUT_SIZE, 0, 1, 1, (const Product[]){{5, 5, -1, 0, 4, (const short[]){Q_d_a_i, Q_d_a_f, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_a_139_}, back_2_inputs}}},
    {2, 1, (const Reduction[]){{RUNNING_BACK, Q_d_softmax_a_q, 1, (const short[]){Q_d_cumsum_softmax_a_q}, 0, 0}, {RUNNING_BACK, Q_d_softmax_a_p, 1, (const short[]){Q_d_p}, 0, 0}}, (const Group[]){{SIZE_chunks, 0, 0, 0, 0, 0, back_3_chunks}}},
    {2, 1, (const Reduction[]){{SUM_OF, Q_a_80, 1, (const short[]){Q_a_79}, 0, 0}, {SUM_OF, Q_a_85, 1, (const short[]){Q_a_84}, 0, 0}}, (const Group[]){{SIZE_chunks, 0, 0, 0, 0, 0, back_4_chunks}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 6, -1, 0, 2, (const short[]){Q_d_a_p, Q_d_a_q}}}, (const short[]){Q_a_135_}, back_5}, {INPUT_SIZE, 0, 1, 1, (const Product[]){{4, 7, -1, 0, 2, (const short[]){Q_d_a_p, Q_d_a_q}}}, (const short[]){Q_a_138_}, back_5_inputs}}},
};

static const char *const sizes[] = {
    "chunks",
    "hidden_size*chunks",
};

const Cell derive_cell = {
    .name = "on_lstm_chunks",
    .quantities = 64,
    .forward_quantities = 29,
    .states = 2,
    .inputs = 1,
    .axes = 6,
    .tensors = 9,
    .constants = 0,
    .packs = 8,
    .buffers = 6,
    .fixed = 1,
    .biases = 2,
    .early = 2,
    .outers = 4,
    .totals = 12,
    .sums = 6,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 0,
    .forward_stages = 4,
    .backward_stages = 5,
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
