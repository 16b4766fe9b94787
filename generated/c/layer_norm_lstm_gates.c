/* Of layer_norm_lstm_gates.py as it was written, SHA-256 1288bd8b3d23f08752f6e1a565a0d4a98b9509c8c6b5ee07c8529abf4b4a9f19 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * LSTM with layer normalisation of each gate. One time step:
 *
 *     u_iₜ = W_iu_i xₜ + W_hu_i hₜ₋₁
 *     u_fₜ = W_iu_f xₜ + W_hu_f hₜ₋₁
 *     u_gₜ = W_iu_g xₜ + W_hu_g hₜ₋₁
 *     u_oₜ = W_iu_o xₜ + W_hu_o hₜ₋₁
 *       iₜ = σ(γ_i ⊙ (u_iₜ − mean(u_iₜ))/sqrt(mean((u_iₜ − mean(u_iₜ))²) + ε) + b_i)
 *       fₜ = σ(γ_f ⊙ (u_fₜ − mean(u_fₜ))/sqrt(mean((u_fₜ − mean(u_fₜ))²) + ε) + b_f)
 *       gₜ = tanh(γ_g ⊙ (u_gₜ − mean(u_gₜ))/sqrt(mean((u_gₜ − mean(u_gₜ))²) + ε) + b_g)
 *       oₜ = σ(γ_o ⊙ (u_oₜ − mean(u_oₜ))/sqrt(mean((u_oₜ − mean(u_oₜ))²) + ε) + b_o)
 *       ĉₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
 *       cₜ = γ_c ⊙ (ĉₜ − mean(ĉₜ))/sqrt(mean((ĉₜ − mean(ĉₜ))²) + ε) + b_c
 *       hₜ = oₜ ⊙ tanh(cₜ)
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
    Q_h,
    Q_c,
    Q_u_i,
    Q_u_f,
    Q_u_g,
    Q_u_o,
    Q_mean_u_i,
    Q_mean_u_f,
    Q_mean_u_g,
    Q_mean_u_o,
    Q_v_i,
    Q_v_f,
    Q_v_g,
    Q_v_o,
    Q_mean_v_i,
    Q_mean_v_f,
    Q_mean_v_g,
    Q_mean_v_o,
    Q_i,
    Q_f,
    Q_g,
    Q_o,
    Q_c_hat,
    Q_mean_c_hat,
    Q_v_c,
    Q_mean_v_c,
    Q_tanh_c,
    Q_gamma_i,
    Q_gamma_f,
    Q_gamma_g,
    Q_gamma_o,
    Q_gamma_c,
    Q_b_i,
    Q_b_f,
    Q_b_g,
    Q_b_o,
    Q_b_c,
    Q_epsilon,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_d_h_prev_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_x,
    Q_d_u_i,
    Q_d_u_f,
    Q_d_u_g,
    Q_d_u_o,
    Q_d_c,
    Q_a_89,
    Q_d_a_o,
    Q_a_99,
    Q_d_mean_v_c,
    Q_d_mean_v_o,
    Q_d_v_c,
    Q_d_v_o,
    Q_a_93,
    Q_a_103,
    Q_d_mean_c_hat,
    Q_d_mean_u_o,
    Q_d_a_g,
    Q_a_107,
    Q_d_a_f,
    Q_a_115,
    Q_d_a_i,
    Q_a_123,
    Q_d_mean_v_g,
    Q_d_mean_v_f,
    Q_d_mean_v_i,
    Q_d_v_g,
    Q_d_v_f,
    Q_d_v_i,
    Q_a_111,
    Q_a_119,
    Q_a_127,
    Q_d_mean_u_g,
    Q_d_mean_u_f,
    Q_d_mean_u_i,
    Q_d_gamma_o,
    Q_d_gamma_c,
    Q_d_b_o,
    Q_d_b_c,
    Q_d_gamma_i,
    Q_d_gamma_f,
    Q_d_gamma_g,
    Q_d_b_i,
    Q_d_b_f,
    Q_d_b_g,
    Q_hidden_size
};

static const Quantity quantities[] = {
    [Q_a_x_0_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_0_},
    [Q_a_x_1_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_x_0_},
    [Q_a_x_2_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_x_0_},
    [Q_a_x_3_] = {EARLY, HIDDEN_SIZE, 0, 0, 3, Q_a_x_0_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_u_i] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_u_i},
    [Q_u_f] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_u_i},
    [Q_u_g] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_u_i},
    [Q_u_o] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_u_i},
    [Q_mean_u_i] = {PANEL, ONE, 1, 0, 0, Q_mean_u_i},
    [Q_mean_u_f] = {PANEL, ONE, 1, 1, 0, Q_mean_u_i},
    [Q_mean_u_g] = {PANEL, ONE, 1, 2, 0, Q_mean_u_i},
    [Q_mean_u_o] = {PANEL, ONE, 1, 3, 0, Q_mean_u_i},
    [Q_v_i] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_v_i},
    [Q_v_f] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_v_i},
    [Q_v_g] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_v_i},
    [Q_v_o] = {PANEL, HIDDEN_SIZE, 0, 3, 0, Q_v_i},
    [Q_mean_v_i] = {PANEL, ONE, 1, 4, 0, Q_mean_u_i},
    [Q_mean_v_f] = {PANEL, ONE, 1, 5, 0, Q_mean_u_i},
    [Q_mean_v_g] = {PANEL, ONE, 1, 6, 0, Q_mean_u_i},
    [Q_mean_v_o] = {PANEL, ONE, 1, 7, 0, Q_mean_u_i},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_u_i},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_u_i},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 6, 0, Q_u_i},
    [Q_o] = {PANEL, HIDDEN_SIZE, 1, 7, 0, Q_u_i},
    [Q_c_hat] = {PANEL, HIDDEN_SIZE, 1, 8, 0, Q_u_i},
    [Q_mean_c_hat] = {PANEL, ONE, 1, 8, 0, Q_mean_u_i},
    [Q_v_c] = {PANEL, HIDDEN_SIZE, 0, 4, 0, Q_v_i},
    [Q_mean_v_c] = {PANEL, ONE, 1, 9, 0, Q_mean_u_i},
    [Q_tanh_c] = {PANEL, HIDDEN_SIZE, 1, 9, 0, Q_u_i},
    [Q_gamma_i] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_gamma_i},
    [Q_gamma_f] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_gamma_f},
    [Q_gamma_g] = {FIXED, HIDDEN_SIZE, 0, 2, 0, Q_gamma_g},
    [Q_gamma_o] = {FIXED, HIDDEN_SIZE, 0, 3, 0, Q_gamma_o},
    [Q_gamma_c] = {FIXED, HIDDEN_SIZE, 0, 4, 0, Q_gamma_c},
    [Q_b_i] = {FIXED, HIDDEN_SIZE, 0, 5, 0, Q_b_i},
    [Q_b_f] = {FIXED, HIDDEN_SIZE, 0, 6, 0, Q_b_f},
    [Q_b_g] = {FIXED, HIDDEN_SIZE, 0, 7, 0, Q_b_g},
    [Q_b_o] = {FIXED, HIDDEN_SIZE, 0, 8, 0, Q_b_o},
    [Q_b_c] = {FIXED, HIDDEN_SIZE, 0, 9, 0, Q_b_c},
    [Q_epsilon] = {FIXED, ONE, 0, 10, 0, Q_epsilon},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_h_prev_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_d_h_prev_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_u_i] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_u_i},
    [Q_d_u_f] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_u_f},
    [Q_d_u_g] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_u_g},
    [Q_d_u_o] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_u_o},
    [Q_d_c] = {PANEL, HIDDEN_SIZE, 0, 5, 0, Q_v_i},
    [Q_a_89] = {PANEL, HIDDEN_SIZE, 0, 6, 0, Q_v_i},
    [Q_d_a_o] = {PANEL, HIDDEN_SIZE, 0, 7, 0, Q_v_i},
    [Q_a_99] = {PANEL, HIDDEN_SIZE, 0, 8, 0, Q_v_i},
    [Q_d_mean_v_c] = {PANEL, ONE, 0, 0, 0, Q_d_mean_v_c},
    [Q_d_mean_v_o] = {PANEL, ONE, 0, 1, 0, Q_d_mean_v_c},
    [Q_d_v_c] = {PANEL, ONE, 0, 2, 0, Q_d_mean_v_c},
    [Q_d_v_o] = {PANEL, ONE, 0, 3, 0, Q_d_mean_v_c},
    [Q_a_93] = {PANEL, HIDDEN_SIZE, 0, 9, 0, Q_v_i},
    [Q_a_103] = {PANEL, HIDDEN_SIZE, 0, 10, 0, Q_v_i},
    [Q_d_mean_c_hat] = {PANEL, ONE, 0, 4, 0, Q_d_mean_v_c},
    [Q_d_mean_u_o] = {PANEL, ONE, 0, 5, 0, Q_d_mean_v_c},
    [Q_d_a_g] = {PANEL, HIDDEN_SIZE, 0, 11, 0, Q_v_i},
    [Q_a_107] = {PANEL, HIDDEN_SIZE, 0, 12, 0, Q_v_i},
    [Q_d_a_f] = {PANEL, HIDDEN_SIZE, 0, 13, 0, Q_v_i},
    [Q_a_115] = {PANEL, HIDDEN_SIZE, 0, 14, 0, Q_v_i},
    [Q_d_a_i] = {PANEL, HIDDEN_SIZE, 0, 15, 0, Q_v_i},
    [Q_a_123] = {PANEL, HIDDEN_SIZE, 0, 16, 0, Q_v_i},
    [Q_d_mean_v_g] = {PANEL, ONE, 0, 6, 0, Q_d_mean_v_c},
    [Q_d_mean_v_f] = {PANEL, ONE, 0, 7, 0, Q_d_mean_v_c},
    [Q_d_mean_v_i] = {PANEL, ONE, 0, 8, 0, Q_d_mean_v_c},
    [Q_d_v_g] = {PANEL, ONE, 0, 9, 0, Q_d_mean_v_c},
    [Q_d_v_f] = {PANEL, ONE, 0, 10, 0, Q_d_mean_v_c},
    [Q_d_v_i] = {PANEL, ONE, 0, 11, 0, Q_d_mean_v_c},
    [Q_a_111] = {PANEL, HIDDEN_SIZE, 0, 17, 0, Q_v_i},
    [Q_a_119] = {PANEL, HIDDEN_SIZE, 0, 18, 0, Q_v_i},
    [Q_a_127] = {PANEL, HIDDEN_SIZE, 0, 19, 0, Q_v_i},
    [Q_d_mean_u_g] = {PANEL, ONE, 0, 12, 0, Q_d_mean_v_c},
    [Q_d_mean_u_f] = {PANEL, ONE, 0, 13, 0, Q_d_mean_v_c},
    [Q_d_mean_u_i] = {PANEL, ONE, 0, 14, 0, Q_d_mean_v_c},
    [Q_d_gamma_o] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_gamma_o},
    [Q_d_gamma_c] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_gamma_c},
    [Q_d_b_o] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_b_o},
    [Q_d_b_c] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_b_c},
    [Q_d_gamma_i] = {SUM, HIDDEN_SIZE, 0, 4, 0, Q_d_gamma_i},
    [Q_d_gamma_f] = {SUM, HIDDEN_SIZE, 0, 5, 0, Q_d_gamma_f},
    [Q_d_gamma_g] = {SUM, HIDDEN_SIZE, 0, 6, 0, Q_d_gamma_g},
    [Q_d_b_i] = {SUM, HIDDEN_SIZE, 0, 7, 0, Q_d_b_i},
    [Q_d_b_f] = {SUM, HIDDEN_SIZE, 0, 8, 0, Q_d_b_f},
    [Q_d_b_g] = {SUM, HIDDEN_SIZE, 0, 9, 0, Q_d_b_g},
    [Q_hidden_size] = {FIXED, ONE, 0, 11, 0, Q_hidden_size},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec u_i = get(Q_a_x_0_);
            const vec u_f = get(Q_a_x_1_);
            const vec u_g = get(Q_a_x_2_);
            const vec u_o = get(Q_a_x_3_);
            put(Q_u_i, u_i);
            put(Q_u_f, u_f);
            put(Q_u_g, u_g);
            put(Q_u_o, u_o);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec u_i = get(Q_u_i);
            const vec mean_u_i = get(Q_mean_u_i);
            const vec u_f = get(Q_u_f);
            const vec mean_u_f = get(Q_mean_u_f);
            const vec u_g = get(Q_u_g);
            const vec mean_u_g = get(Q_mean_u_g);
            const vec u_o = get(Q_u_o);
            const vec mean_u_o = get(Q_mean_u_o);
            const vec v_i = power(u_i - mean_u_i, 2);
            const vec v_f = power(u_f - mean_u_f, 2);
            const vec v_g = power(u_g - mean_u_g, 2);
            const vec v_o = power(u_o - mean_u_o, 2);
            put(Q_v_i, v_i);
            put(Q_v_f, v_f);
            put(Q_v_g, v_g);
            put(Q_v_o, v_o);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of units. */
static void step_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec gamma_i = fixed(Q_gamma_i);
        const vec epsilon = fixed(Q_epsilon);
        const vec b_i = fixed(Q_b_i);
        const vec gamma_f = fixed(Q_gamma_f);
        const vec b_f = fixed(Q_b_f);
        const vec gamma_g = fixed(Q_gamma_g);
        const vec b_g = fixed(Q_b_g);
        const vec gamma_o = fixed(Q_gamma_o);
        const vec b_o = fixed(Q_b_o);
        for (long row = 0; row < rows; row++) {
            const vec u_i = get(Q_u_i);
            const vec mean_u_i = get(Q_mean_u_i);
            const vec mean_v_i = get(Q_mean_v_i);
            const vec u_f = get(Q_u_f);
            const vec mean_u_f = get(Q_mean_u_f);
            const vec mean_v_f = get(Q_mean_v_f);
            const vec u_g = get(Q_u_g);
            const vec mean_u_g = get(Q_mean_u_g);
            const vec mean_v_g = get(Q_mean_v_g);
            const vec u_o = get(Q_u_o);
            const vec mean_u_o = get(Q_mean_u_o);
            const vec mean_v_o = get(Q_mean_v_o);
            const vec c_prev = get(Q_c_prev);
            const vec i = vsigmoid(gamma_i * (u_i - mean_u_i) / square_root(mean_v_i + epsilon) + b_i);
            const vec f = vsigmoid(gamma_f * (u_f - mean_u_f) / square_root(mean_v_f + epsilon) + b_f);
            const vec g = vtanh(gamma_g * (u_g - mean_u_g) / square_root(mean_v_g + epsilon) + b_g);
            const vec o = vsigmoid(gamma_o * (u_o - mean_u_o) / square_root(mean_v_o + epsilon) + b_o);
            const vec c_hat = f * c_prev + i * g;
            put(Q_o, o);
            put(Q_c_hat, c_hat);
            if (keep) {
                put(Q_i, i);
                put(Q_f, f);
                put(Q_g, g);
            }
        }
    }
    (void)keep;
}

/* Stage 4 of a time step, panels of units. */
static void step_4(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec c_hat = get(Q_c_hat);
            const vec mean_c_hat = get(Q_mean_c_hat);
            const vec v_c = power(c_hat - mean_c_hat, 2);
            put(Q_v_c, v_c);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step, panels of units. */
static void step_5(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec gamma_c = fixed(Q_gamma_c);
        const vec epsilon = fixed(Q_epsilon);
        const vec b_c = fixed(Q_b_c);
        for (long row = 0; row < rows; row++) {
            const vec c_hat = get(Q_c_hat);
            const vec mean_c_hat = get(Q_mean_c_hat);
            const vec mean_v_c = get(Q_mean_v_c);
            const vec o = get(Q_o);
            const vec c = gamma_c * (c_hat - mean_c_hat) / square_root(mean_v_c + epsilon) + b_c;
            const vec tanh_c = vtanh(c);
            const vec h = o * tanh_c;
            put(Q_c, c);
            put(Q_h, h);
            if (keep) {
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
        const vec gamma_c = fixed(Q_gamma_c);
        const vec epsilon = fixed(Q_epsilon);
        const vec gamma_o = fixed(Q_gamma_o);
        vec d_gamma_o = splat(0);
        vec d_gamma_c = splat(0);
        vec d_b_o = splat(0);
        vec d_b_c = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec o = get(Q_o);
            const vec tanh_c = get(Q_tanh_c);
            const vec c_hat = get(Q_c_hat);
            const vec mean_c_hat = get(Q_mean_c_hat);
            const vec mean_v_c = get(Q_mean_v_c);
            const vec u_o = get(Q_u_o);
            const vec mean_u_o = get(Q_mean_u_o);
            const vec mean_v_o = get(Q_mean_v_o);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_c = d_c_next + d_h * o * (R(1) - power(tanh_c, 2));
            const vec a_89 = -R(0.5) * d_c * gamma_c * (c_hat - mean_c_hat) / vpow(mean_v_c + epsilon, splat(R(1.5)));
            const vec d_a_o = d_h * tanh_c * o * (R(1) - o);
            const vec a_99 = -R(0.5) * d_a_o * gamma_o * (u_o - mean_u_o) / vpow(mean_v_o + epsilon, splat(R(1.5)));
            d_gamma_o += d_a_o * (u_o - mean_u_o) / square_root(mean_v_o + epsilon);
            d_gamma_c += d_c * (c_hat - mean_c_hat) / square_root(mean_v_c + epsilon);
            d_b_o += d_a_o;
            d_b_c += d_c;
            put(Q_d_c, d_c);
            put(Q_a_89, a_89);
            put(Q_d_a_o, d_a_o);
            put(Q_a_99, a_99);
        }
        add(Q_d_gamma_o, d_gamma_o);
        add(Q_d_gamma_c, d_gamma_c);
        add(Q_d_b_o, d_b_o);
        add(Q_d_b_c, d_b_c);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of numbers. */
static void back_2_numbers(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec hidden_size = fixed(Q_hidden_size);
        for (long row = 0; row < rows; row++) {
            const vec d_mean_v_c = get(Q_d_mean_v_c);
            const vec d_mean_v_o = get(Q_d_mean_v_o);
            const vec d_v_c = d_mean_v_c / hidden_size;
            const vec d_v_o = d_mean_v_o / hidden_size;
            put(Q_d_v_c, d_v_c);
            put(Q_d_v_o, d_v_o);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec gamma_c = fixed(Q_gamma_c);
        const vec epsilon = fixed(Q_epsilon);
        const vec gamma_o = fixed(Q_gamma_o);
        for (long row = 0; row < rows; row++) {
            const vec d_v_c = get(Q_d_v_c);
            const vec c_hat = get(Q_c_hat);
            const vec mean_c_hat = get(Q_mean_c_hat);
            const vec d_c = get(Q_d_c);
            const vec mean_v_c = get(Q_mean_v_c);
            const vec d_v_o = get(Q_d_v_o);
            const vec u_o = get(Q_u_o);
            const vec mean_u_o = get(Q_mean_u_o);
            const vec d_a_o = get(Q_d_a_o);
            const vec mean_v_o = get(Q_mean_v_o);
            const vec a_93 = -R(2) * d_v_c * (c_hat - mean_c_hat) - d_c * gamma_c / square_root(mean_v_c + epsilon);
            const vec a_103 = -R(2) * d_v_o * (u_o - mean_u_o) - d_a_o * gamma_o / square_root(mean_v_o + epsilon);
            put(Q_a_93, a_93);
            put(Q_a_103, a_103);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec hidden_size = fixed(Q_hidden_size);
        const vec gamma_c = fixed(Q_gamma_c);
        const vec epsilon = fixed(Q_epsilon);
        const vec gamma_g = fixed(Q_gamma_g);
        const vec gamma_f = fixed(Q_gamma_f);
        const vec gamma_i = fixed(Q_gamma_i);
        const vec gamma_o = fixed(Q_gamma_o);
        vec d_gamma_i = splat(0);
        vec d_gamma_f = splat(0);
        vec d_gamma_g = splat(0);
        vec d_b_i = splat(0);
        vec d_b_f = splat(0);
        vec d_b_g = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_mean_c_hat = get(Q_d_mean_c_hat);
            const vec d_v_c = get(Q_d_v_c);
            const vec c_hat = get(Q_c_hat);
            const vec mean_c_hat = get(Q_mean_c_hat);
            const vec d_c = get(Q_d_c);
            const vec mean_v_c = get(Q_mean_v_c);
            const vec i = get(Q_i);
            const vec g = get(Q_g);
            const vec u_g = get(Q_u_g);
            const vec mean_u_g = get(Q_mean_u_g);
            const vec mean_v_g = get(Q_mean_v_g);
            const vec f = get(Q_f);
            const vec c_prev = get(Q_c_prev);
            const vec u_f = get(Q_u_f);
            const vec mean_u_f = get(Q_mean_u_f);
            const vec mean_v_f = get(Q_mean_v_f);
            const vec u_i = get(Q_u_i);
            const vec mean_u_i = get(Q_mean_u_i);
            const vec mean_v_i = get(Q_mean_v_i);
            const vec d_mean_u_o = get(Q_d_mean_u_o);
            const vec d_v_o = get(Q_d_v_o);
            const vec u_o = get(Q_u_o);
            const vec mean_u_o = get(Q_mean_u_o);
            const vec d_a_o = get(Q_d_a_o);
            const vec mean_v_o = get(Q_mean_v_o);
            const vec d_c_hat = d_mean_c_hat / hidden_size + R(2) * d_v_c * (c_hat - mean_c_hat) + d_c * gamma_c / square_root(mean_v_c + epsilon);
            const vec d_a_g = d_c_hat * i * (R(1) - power(g, 2));
            const vec a_107 = -R(0.5) * d_a_g * gamma_g * (u_g - mean_u_g) / vpow(mean_v_g + epsilon, splat(R(1.5)));
            const vec d_a_f = f * (R(1) - f) * d_c_hat * c_prev;
            const vec a_115 = -R(0.5) * d_a_f * gamma_f * (u_f - mean_u_f) / vpow(mean_v_f + epsilon, splat(R(1.5)));
            const vec d_a_i = d_c_hat * g * i * (R(1) - i);
            const vec a_123 = -R(0.5) * d_a_i * gamma_i * (u_i - mean_u_i) / vpow(mean_v_i + epsilon, splat(R(1.5)));
            const vec d_u_o = d_mean_u_o / hidden_size + R(2) * d_v_o * (u_o - mean_u_o) + d_a_o * gamma_o / square_root(mean_v_o + epsilon);
            const vec d_c_prev = d_c_hat * f;
            d_gamma_i += d_a_i * (u_i - mean_u_i) / square_root(mean_v_i + epsilon);
            d_gamma_f += d_a_f * (u_f - mean_u_f) / square_root(mean_v_f + epsilon);
            d_gamma_g += d_a_g * (u_g - mean_u_g) / square_root(mean_v_g + epsilon);
            d_b_i += d_a_i;
            d_b_f += d_a_f;
            d_b_g += d_a_g;
            put(Q_d_a_g, d_a_g);
            put(Q_a_107, a_107);
            put(Q_d_a_f, d_a_f);
            put(Q_a_115, a_115);
            put(Q_d_a_i, d_a_i);
            put(Q_a_123, a_123);
            put(Q_d_u_o, d_u_o);
            put(Q_d_c_prev, d_c_prev);
        }
        add(Q_d_gamma_i, d_gamma_i);
        add(Q_d_gamma_f, d_gamma_f);
        add(Q_d_gamma_g, d_gamma_g);
        add(Q_d_b_i, d_b_i);
        add(Q_d_b_f, d_b_f);
        add(Q_d_b_g, d_b_g);
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of numbers. */
static void back_4_numbers(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec hidden_size = fixed(Q_hidden_size);
        for (long row = 0; row < rows; row++) {
            const vec d_mean_v_g = get(Q_d_mean_v_g);
            const vec d_mean_v_f = get(Q_d_mean_v_f);
            const vec d_mean_v_i = get(Q_d_mean_v_i);
            const vec d_v_g = d_mean_v_g / hidden_size;
            const vec d_v_f = d_mean_v_f / hidden_size;
            const vec d_v_i = d_mean_v_i / hidden_size;
            put(Q_d_v_g, d_v_g);
            put(Q_d_v_f, d_v_f);
            put(Q_d_v_i, d_v_i);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of units. */
static void back_4(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec gamma_g = fixed(Q_gamma_g);
        const vec epsilon = fixed(Q_epsilon);
        const vec gamma_f = fixed(Q_gamma_f);
        const vec gamma_i = fixed(Q_gamma_i);
        for (long row = 0; row < rows; row++) {
            const vec d_v_g = get(Q_d_v_g);
            const vec u_g = get(Q_u_g);
            const vec mean_u_g = get(Q_mean_u_g);
            const vec d_a_g = get(Q_d_a_g);
            const vec mean_v_g = get(Q_mean_v_g);
            const vec d_v_f = get(Q_d_v_f);
            const vec u_f = get(Q_u_f);
            const vec mean_u_f = get(Q_mean_u_f);
            const vec d_a_f = get(Q_d_a_f);
            const vec mean_v_f = get(Q_mean_v_f);
            const vec d_v_i = get(Q_d_v_i);
            const vec u_i = get(Q_u_i);
            const vec mean_u_i = get(Q_mean_u_i);
            const vec d_a_i = get(Q_d_a_i);
            const vec mean_v_i = get(Q_mean_v_i);
            const vec a_111 = -R(2) * d_v_g * (u_g - mean_u_g) - d_a_g * gamma_g / square_root(mean_v_g + epsilon);
            const vec a_119 = -R(2) * d_v_f * (u_f - mean_u_f) - d_a_f * gamma_f / square_root(mean_v_f + epsilon);
            const vec a_127 = -R(2) * d_v_i * (u_i - mean_u_i) - d_a_i * gamma_i / square_root(mean_v_i + epsilon);
            put(Q_a_111, a_111);
            put(Q_a_119, a_119);
            put(Q_a_127, a_127);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of units. */
static void back_5(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec hidden_size = fixed(Q_hidden_size);
        const vec gamma_g = fixed(Q_gamma_g);
        const vec epsilon = fixed(Q_epsilon);
        const vec gamma_f = fixed(Q_gamma_f);
        const vec gamma_i = fixed(Q_gamma_i);
        for (long row = 0; row < rows; row++) {
            const vec d_mean_u_g = get(Q_d_mean_u_g);
            const vec d_v_g = get(Q_d_v_g);
            const vec u_g = get(Q_u_g);
            const vec mean_u_g = get(Q_mean_u_g);
            const vec d_a_g = get(Q_d_a_g);
            const vec mean_v_g = get(Q_mean_v_g);
            const vec d_mean_u_f = get(Q_d_mean_u_f);
            const vec d_v_f = get(Q_d_v_f);
            const vec u_f = get(Q_u_f);
            const vec mean_u_f = get(Q_mean_u_f);
            const vec d_a_f = get(Q_d_a_f);
            const vec mean_v_f = get(Q_mean_v_f);
            const vec d_mean_u_i = get(Q_d_mean_u_i);
            const vec d_v_i = get(Q_d_v_i);
            const vec u_i = get(Q_u_i);
            const vec mean_u_i = get(Q_mean_u_i);
            const vec d_a_i = get(Q_d_a_i);
            const vec mean_v_i = get(Q_mean_v_i);
            const vec d_u_g = d_mean_u_g / hidden_size + R(2) * d_v_g * (u_g - mean_u_g) + d_a_g * gamma_g / square_root(mean_v_g + epsilon);
            const vec d_u_f = d_mean_u_f / hidden_size + R(2) * d_v_f * (u_f - mean_u_f) + d_a_f * gamma_f / square_root(mean_v_f + epsilon);
            const vec d_u_i = d_mean_u_i / hidden_size + R(2) * d_v_i * (u_i - mean_u_i) + d_a_i * gamma_i / square_root(mean_v_i + epsilon);
            put(Q_d_u_g, d_u_g);
            put(Q_d_u_f, d_u_f);
            put(Q_d_u_i, d_u_i);
        }
    }
    (void)keep;
}

/* Stage 6 of a time step backwards, panels of units. */
static void back_6(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h_prev = get(Q_d_h_prev_);
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 6 of a time step backwards, panels of inputs. */
static void back_6_inputs(const At *restrict at, long first, long end, long rows, int keep)
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
    {HIDDEN_SIZE, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 4, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 4, 0, 0},
    {"gamma_i", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"gamma_f", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"gamma_g", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"gamma_o", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"gamma_c", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"b_i", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"b_f", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"b_g", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"b_o", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"b_c", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    "epsilon",
};

static const Pack packs[] = {
    {0, 0, 4, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 4, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 4, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 4, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 4},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, HIDDEN_SIZE, 2, 0},
    {OF_TENSOR, HIDDEN_SIZE, 3, 0},
    {OF_TENSOR, HIDDEN_SIZE, 4, 0},
    {OF_TENSOR, HIDDEN_SIZE, 5, 0},
    {OF_TENSOR, HIDDEN_SIZE, 6, 0},
    {OF_TENSOR, HIDDEN_SIZE, 7, 0},
    {OF_TENSOR, HIDDEN_SIZE, 8, 0},
    {OF_TENSOR, HIDDEN_SIZE, 9, 0},
    {OF_TENSOR, HIDDEN_SIZE, 10, 0},
    {OF_TENSOR, HIDDEN_SIZE, 11, 0},
    {OF_CONSTANT, ONE, 0, 0},
    {OF_SIZE, ONE, HIDDEN_SIZE, 0},
};

static const Bias biases[] = {
    {0},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 4, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_u_i, Q_x}}},
    {1, 0, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_u_i, Q_h_prev}}},
};

static const Total totals[] = {
    {2, 0, 4, HIDDEN_SIZE, 0, 0},
    {3, 0, 5, HIDDEN_SIZE, 0, 0},
    {4, 0, 6, HIDDEN_SIZE, 0, 0},
    {5, 0, 0, HIDDEN_SIZE, 0, 0},
    {6, 0, 1, HIDDEN_SIZE, 0, 0},
    {7, 0, 7, HIDDEN_SIZE, 0, 0},
    {8, 0, 8, HIDDEN_SIZE, 0, 0},
    {9, 0, 9, HIDDEN_SIZE, 0, 0},
    {10, 0, 2, HIDDEN_SIZE, 0, 0},
    {11, 0, 3, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_x_0_}, step_1}}},
    {4, 1, (const Reduction[]){{MEAN_OF, Q_mean_u_i, 1, (const short[]){Q_u_i}, 0, 0}, {MEAN_OF, Q_mean_u_f, 1, (const short[]){Q_u_f}, 0, 0}, {MEAN_OF, Q_mean_u_g, 1, (const short[]){Q_u_g}, 0, 0}, {MEAN_OF, Q_mean_u_o, 1, (const short[]){Q_u_o}, 0, 0}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, step_2}}},
    {4, 1, (const Reduction[]){{MEAN_OF, Q_mean_v_i, 1, (const short[]){Q_v_i}, 0, 0}, {MEAN_OF, Q_mean_v_f, 1, (const short[]){Q_v_f}, 0, 0}, {MEAN_OF, Q_mean_v_g, 1, (const short[]){Q_v_g}, 0, 0}, {MEAN_OF, Q_mean_v_o, 1, (const short[]){Q_v_o}, 0, 0}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, step_3}}},
    {1, 1, (const Reduction[]){{MEAN_OF, Q_mean_c_hat, 1, (const short[]){Q_c_hat}, 0, 0}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, step_4}}},
    {1, 1, (const Reduction[]){{MEAN_OF, Q_mean_v_c, 1, (const short[]){Q_v_c}, 0, 0}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, step_5}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {2, 2, (const Reduction[]){{SUM_OF, Q_d_mean_v_c, 1, (const short[]){Q_a_89}, 0, 0}, {SUM_OF, Q_d_mean_v_o, 1, (const short[]){Q_a_99}, 0, 0}}, (const Group[]){{ONE, 0, 0, 0, 0, 0, back_2_numbers}, {HIDDEN_SIZE, 0, 0, 0, 0, 0, back_2}}},
    {2, 1, (const Reduction[]){{SUM_OF, Q_d_mean_c_hat, 1, (const short[]){Q_a_93}, 0, 0}, {SUM_OF, Q_d_mean_u_o, 1, (const short[]){Q_a_103}, 0, 0}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_3}}},
    {3, 2, (const Reduction[]){{SUM_OF, Q_d_mean_v_g, 1, (const short[]){Q_a_107}, 0, 0}, {SUM_OF, Q_d_mean_v_f, 1, (const short[]){Q_a_115}, 0, 0}, {SUM_OF, Q_d_mean_v_i, 1, (const short[]){Q_a_123}, 0, 0}}, (const Group[]){{ONE, 0, 0, 0, 0, 0, back_4_numbers}, {HIDDEN_SIZE, 0, 0, 0, 0, 0, back_4}}},
    {3, 1, (const Reduction[]){{SUM_OF, Q_d_mean_u_g, 1, (const short[]){Q_a_111}, 0, 0}, {SUM_OF, Q_d_mean_u_f, 1, (const short[]){Q_a_119}, 0, 0}, {SUM_OF, Q_d_mean_u_i, 1, (const short[]){Q_a_127}, 0, 0}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_5}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 4, (const short[]){Q_d_u_i, Q_d_u_f, Q_d_u_g, Q_d_u_o}}}, (const short[]){Q_d_h_prev_}, back_6}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{2, 3, -1, 0, 4, (const short[]){Q_d_u_i, Q_d_u_f, Q_d_u_g, Q_d_u_o}}}, (const short[]){Q_d_x_}, back_6_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "layer_norm_lstm_gates",
    .quantities = 98,
    .forward_quantities = 45,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 12,
    .constants = 1,
    .packs = 4,
    .buffers = 3,
    .fixed = 12,
    .biases = 0,
    .early = 1,
    .outers = 2,
    .totals = 10,
    .sums = 10,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 0,
    .forward_stages = 5,
    .backward_stages = 6,
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
