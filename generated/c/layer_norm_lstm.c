/* Of layer_norm_lstm.py as it was written, SHA-256 d162facbd69b91fa894bc421b03b2ee68a467994abde8e54c270419a5062c2a3 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * LSTM with layer normalisation. One time step:
 *
 *     u_iₜ = W_iu_i xₜ
 *     u_fₜ = W_iu_f xₜ
 *     u_gₜ = W_iu_g xₜ
 *     u_oₜ = W_iu_o xₜ
 *     v_iₜ = W_hv_i hₜ₋₁
 *     v_fₜ = W_hv_f hₜ₋₁
 *     v_gₜ = W_hv_g hₜ₋₁
 *     v_oₜ = W_hv_o hₜ₋₁
 *     μ_uₜ = mean(u_iₜ, u_fₜ, u_gₜ, u_oₜ)
 *     μ_vₜ = mean(v_iₜ, v_fₜ, v_gₜ, v_oₜ)
 *     s_uₜ = sqrt(mean((u_iₜ − μ_uₜ)², (u_fₜ − μ_uₜ)², (u_gₜ − μ_uₜ)², (u_oₜ − μ_uₜ)²) + ε)
 *     s_vₜ = sqrt(mean((v_iₜ − μ_vₜ)², (v_fₜ − μ_vₜ)², (v_gₜ − μ_vₜ)², (v_oₜ − μ_vₜ)²) + ε)
 *       iₜ = σ(α_i ⊙ (u_iₜ − μ_uₜ)/s_uₜ + β_i ⊙ (v_iₜ − μ_vₜ)/s_vₜ + b_i)
 *       fₜ = σ(α_f ⊙ (u_fₜ − μ_uₜ)/s_uₜ + β_f ⊙ (v_fₜ − μ_vₜ)/s_vₜ + b_f)
 *       gₜ = tanh(α_g ⊙ (u_gₜ − μ_uₜ)/s_uₜ + β_g ⊙ (v_gₜ − μ_vₜ)/s_vₜ + b_g)
 *       oₜ = σ(α_o ⊙ (u_oₜ − μ_uₜ)/s_uₜ + β_o ⊙ (v_oₜ − μ_vₜ)/s_vₜ + b_o)
 *       cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
 *       hₜ = oₜ ⊙ tanh(γ ⊙ (cₜ − mean(cₜ))/sqrt(mean((cₜ − mean(cₜ))²) + ε) + b_c)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_u_i_,
    Q_u_f_,
    Q_u_g_,
    Q_u_o_,
    Q_v_i_,
    Q_v_f_,
    Q_v_g_,
    Q_v_o_,
    Q_x,
    Q_h_prev,
    Q_c_prev,
    Q_h,
    Q_c,
    Q_u_i,
    Q_u_f,
    Q_u_g,
    Q_u_o,
    Q_v_i,
    Q_v_f,
    Q_v_g,
    Q_v_o,
    Q_mu_u,
    Q_mu_v,
    Q_v_s_u,
    Q_v_s_u2,
    Q_v_s_u3,
    Q_v_s_u4,
    Q_v_s_v,
    Q_v_s_v2,
    Q_v_s_v3,
    Q_v_s_v4,
    Q_mean_s_u,
    Q_mean_s_v,
    Q_s_u,
    Q_s_v,
    Q_i,
    Q_f,
    Q_g,
    Q_o,
    Q_mean_c,
    Q_v_h,
    Q_mean_v_h,
    Q_tanh_h,
    Q_alpha_i,
    Q_alpha_f,
    Q_alpha_g,
    Q_alpha_o,
    Q_beta_i,
    Q_beta_f,
    Q_beta_g,
    Q_beta_o,
    Q_gamma,
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
    Q_d_v_i,
    Q_d_v_f,
    Q_d_v_g,
    Q_d_v_o,
    Q_d_c_next,
    Q_d_a_tanh_h,
    Q_a_96,
    Q_d_a_o,
    Q_d_mean_v_h,
    Q_d_v_h,
    Q_a_100,
    Q_d_mean_c,
    Q_d_a_g,
    Q_d_a_f,
    Q_d_a_i,
    Q_a_112,
    Q_a_119,
    Q_d_s_v,
    Q_d_s_u,
    Q_d_v_s_v4,
    Q_d_v_s_v3,
    Q_d_v_s_v2,
    Q_d_v_s_v,
    Q_d_v_s_u4,
    Q_d_v_s_u3,
    Q_d_v_s_u2,
    Q_d_v_s_u,
    Q_a_130,
    Q_a_140,
    Q_d_mu_v,
    Q_d_mu_u,
    Q_d_alpha_o,
    Q_d_beta_o,
    Q_d_gamma,
    Q_d_b_o,
    Q_d_b_c,
    Q_d_alpha_i,
    Q_d_alpha_f,
    Q_d_alpha_g,
    Q_d_beta_i,
    Q_d_beta_f,
    Q_d_beta_g,
    Q_d_b_i,
    Q_d_b_f,
    Q_d_b_g,
    Q_hidden_size
};

static const Quantity quantities[] = {
    [Q_u_i_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_u_i_},
    [Q_u_f_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_u_i_},
    [Q_u_g_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_u_i_},
    [Q_u_o_] = {EARLY, HIDDEN_SIZE, 0, 0, 3, Q_u_i_},
    [Q_v_i_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_v_i_},
    [Q_v_f_] = {LOCAL, HIDDEN_SIZE, 0, 1, 1, Q_v_i_},
    [Q_v_g_] = {LOCAL, HIDDEN_SIZE, 0, 1, 2, Q_v_i_},
    [Q_v_o_] = {LOCAL, HIDDEN_SIZE, 0, 1, 3, Q_v_i_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_u_i] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_u_i},
    [Q_u_f] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_u_i},
    [Q_u_g] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_u_i},
    [Q_u_o] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_u_i},
    [Q_v_i] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_u_i},
    [Q_v_f] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_u_i},
    [Q_v_g] = {PANEL, HIDDEN_SIZE, 1, 6, 0, Q_u_i},
    [Q_v_o] = {PANEL, HIDDEN_SIZE, 1, 7, 0, Q_u_i},
    [Q_mu_u] = {PANEL, ONE, 1, 0, 0, Q_mu_u},
    [Q_mu_v] = {PANEL, ONE, 1, 1, 0, Q_mu_u},
    [Q_v_s_u] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_v_s_u},
    [Q_v_s_u2] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_v_s_u},
    [Q_v_s_u3] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_v_s_u},
    [Q_v_s_u4] = {PANEL, HIDDEN_SIZE, 0, 3, 0, Q_v_s_u},
    [Q_v_s_v] = {PANEL, HIDDEN_SIZE, 0, 4, 0, Q_v_s_u},
    [Q_v_s_v2] = {PANEL, HIDDEN_SIZE, 0, 5, 0, Q_v_s_u},
    [Q_v_s_v3] = {PANEL, HIDDEN_SIZE, 0, 6, 0, Q_v_s_u},
    [Q_v_s_v4] = {PANEL, HIDDEN_SIZE, 0, 7, 0, Q_v_s_u},
    [Q_mean_s_u] = {PANEL, ONE, 0, 0, 0, Q_mean_s_u},
    [Q_mean_s_v] = {PANEL, ONE, 0, 1, 0, Q_mean_s_u},
    [Q_s_u] = {PANEL, ONE, 1, 2, 0, Q_mu_u},
    [Q_s_v] = {PANEL, ONE, 1, 3, 0, Q_mu_u},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 8, 0, Q_u_i},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 9, 0, Q_u_i},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 10, 0, Q_u_i},
    [Q_o] = {PANEL, HIDDEN_SIZE, 1, 11, 0, Q_u_i},
    [Q_mean_c] = {PANEL, ONE, 1, 4, 0, Q_mu_u},
    [Q_v_h] = {PANEL, HIDDEN_SIZE, 0, 8, 0, Q_v_s_u},
    [Q_mean_v_h] = {PANEL, ONE, 1, 5, 0, Q_mu_u},
    [Q_tanh_h] = {PANEL, HIDDEN_SIZE, 1, 12, 0, Q_u_i},
    [Q_alpha_i] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_alpha_i},
    [Q_alpha_f] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_alpha_f},
    [Q_alpha_g] = {FIXED, HIDDEN_SIZE, 0, 2, 0, Q_alpha_g},
    [Q_alpha_o] = {FIXED, HIDDEN_SIZE, 0, 3, 0, Q_alpha_o},
    [Q_beta_i] = {FIXED, HIDDEN_SIZE, 0, 4, 0, Q_beta_i},
    [Q_beta_f] = {FIXED, HIDDEN_SIZE, 0, 5, 0, Q_beta_f},
    [Q_beta_g] = {FIXED, HIDDEN_SIZE, 0, 6, 0, Q_beta_g},
    [Q_beta_o] = {FIXED, HIDDEN_SIZE, 0, 7, 0, Q_beta_o},
    [Q_gamma] = {FIXED, HIDDEN_SIZE, 0, 8, 0, Q_gamma},
    [Q_b_i] = {FIXED, HIDDEN_SIZE, 0, 9, 0, Q_b_i},
    [Q_b_f] = {FIXED, HIDDEN_SIZE, 0, 10, 0, Q_b_f},
    [Q_b_g] = {FIXED, HIDDEN_SIZE, 0, 11, 0, Q_b_g},
    [Q_b_o] = {FIXED, HIDDEN_SIZE, 0, 12, 0, Q_b_o},
    [Q_b_c] = {FIXED, HIDDEN_SIZE, 0, 13, 0, Q_b_c},
    [Q_epsilon] = {FIXED, ONE, 0, 14, 0, Q_epsilon},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_h_prev_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_d_h_prev_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 3, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_u_i] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_u_i},
    [Q_d_u_f] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_u_f},
    [Q_d_u_g] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_u_g},
    [Q_d_u_o] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_u_o},
    [Q_d_v_i] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_d_v_i},
    [Q_d_v_f] = {ROW, HIDDEN_SIZE, 1, 5, 0, Q_d_v_f},
    [Q_d_v_g] = {ROW, HIDDEN_SIZE, 1, 6, 0, Q_d_v_g},
    [Q_d_v_o] = {ROW, HIDDEN_SIZE, 1, 7, 0, Q_d_v_o},
    [Q_d_c_next] = {PANEL, HIDDEN_SIZE, 0, 9, 0, Q_v_s_u},
    [Q_d_a_tanh_h] = {PANEL, HIDDEN_SIZE, 0, 10, 0, Q_v_s_u},
    [Q_a_96] = {PANEL, HIDDEN_SIZE, 0, 11, 0, Q_v_s_u},
    [Q_d_a_o] = {PANEL, HIDDEN_SIZE, 0, 12, 0, Q_v_s_u},
    [Q_d_mean_v_h] = {PANEL, ONE, 0, 2, 0, Q_mean_s_u},
    [Q_d_v_h] = {PANEL, ONE, 0, 3, 0, Q_mean_s_u},
    [Q_a_100] = {PANEL, HIDDEN_SIZE, 0, 13, 0, Q_v_s_u},
    [Q_d_mean_c] = {PANEL, ONE, 0, 4, 0, Q_mean_s_u},
    [Q_d_a_g] = {PANEL, HIDDEN_SIZE, 0, 14, 0, Q_v_s_u},
    [Q_d_a_f] = {PANEL, HIDDEN_SIZE, 0, 15, 0, Q_v_s_u},
    [Q_d_a_i] = {PANEL, HIDDEN_SIZE, 0, 16, 0, Q_v_s_u},
    [Q_a_112] = {PANEL, HIDDEN_SIZE, 0, 17, 0, Q_v_s_u},
    [Q_a_119] = {PANEL, HIDDEN_SIZE, 0, 18, 0, Q_v_s_u},
    [Q_d_s_v] = {PANEL, ONE, 0, 5, 0, Q_mean_s_u},
    [Q_d_s_u] = {PANEL, ONE, 0, 6, 0, Q_mean_s_u},
    [Q_d_v_s_v4] = {PANEL, ONE, 0, 7, 0, Q_mean_s_u},
    [Q_d_v_s_v3] = {PANEL, ONE, 0, 8, 0, Q_mean_s_u},
    [Q_d_v_s_v2] = {PANEL, ONE, 0, 9, 0, Q_mean_s_u},
    [Q_d_v_s_v] = {PANEL, ONE, 0, 10, 0, Q_mean_s_u},
    [Q_d_v_s_u4] = {PANEL, ONE, 0, 11, 0, Q_mean_s_u},
    [Q_d_v_s_u3] = {PANEL, ONE, 0, 12, 0, Q_mean_s_u},
    [Q_d_v_s_u2] = {PANEL, ONE, 0, 13, 0, Q_mean_s_u},
    [Q_d_v_s_u] = {PANEL, ONE, 0, 14, 0, Q_mean_s_u},
    [Q_a_130] = {PANEL, HIDDEN_SIZE, 0, 19, 0, Q_v_s_u},
    [Q_a_140] = {PANEL, HIDDEN_SIZE, 0, 20, 0, Q_v_s_u},
    [Q_d_mu_v] = {PANEL, ONE, 0, 15, 0, Q_mean_s_u},
    [Q_d_mu_u] = {PANEL, ONE, 0, 16, 0, Q_mean_s_u},
    [Q_d_alpha_o] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_alpha_o},
    [Q_d_beta_o] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_beta_o},
    [Q_d_gamma] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_gamma},
    [Q_d_b_o] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_b_o},
    [Q_d_b_c] = {SUM, HIDDEN_SIZE, 0, 4, 0, Q_d_b_c},
    [Q_d_alpha_i] = {SUM, HIDDEN_SIZE, 0, 5, 0, Q_d_alpha_i},
    [Q_d_alpha_f] = {SUM, HIDDEN_SIZE, 0, 6, 0, Q_d_alpha_f},
    [Q_d_alpha_g] = {SUM, HIDDEN_SIZE, 0, 7, 0, Q_d_alpha_g},
    [Q_d_beta_i] = {SUM, HIDDEN_SIZE, 0, 8, 0, Q_d_beta_i},
    [Q_d_beta_f] = {SUM, HIDDEN_SIZE, 0, 9, 0, Q_d_beta_f},
    [Q_d_beta_g] = {SUM, HIDDEN_SIZE, 0, 10, 0, Q_d_beta_g},
    [Q_d_b_i] = {SUM, HIDDEN_SIZE, 0, 11, 0, Q_d_b_i},
    [Q_d_b_f] = {SUM, HIDDEN_SIZE, 0, 12, 0, Q_d_b_f},
    [Q_d_b_g] = {SUM, HIDDEN_SIZE, 0, 13, 0, Q_d_b_g},
    [Q_hidden_size] = {FIXED, ONE, 0, 15, 0, Q_hidden_size},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec u_i = get(Q_u_i_);
            const vec u_f = get(Q_u_f_);
            const vec u_g = get(Q_u_g_);
            const vec u_o = get(Q_u_o_);
            const vec v_i = get(Q_v_i_);
            const vec v_f = get(Q_v_f_);
            const vec v_g = get(Q_v_g_);
            const vec v_o = get(Q_v_o_);
            put(Q_u_i, u_i);
            put(Q_u_f, u_f);
            put(Q_u_g, u_g);
            put(Q_u_o, u_o);
            put(Q_v_i, v_i);
            put(Q_v_f, v_f);
            put(Q_v_g, v_g);
            put(Q_v_o, v_o);
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
            const vec mu_u = get(Q_mu_u);
            const vec u_f = get(Q_u_f);
            const vec u_g = get(Q_u_g);
            const vec u_o = get(Q_u_o);
            const vec v_i = get(Q_v_i);
            const vec mu_v = get(Q_mu_v);
            const vec v_f = get(Q_v_f);
            const vec v_g = get(Q_v_g);
            const vec v_o = get(Q_v_o);
            const vec v_s_u = power(u_i - mu_u, 2);
            const vec v_s_u2 = power(u_f - mu_u, 2);
            const vec v_s_u3 = power(u_g - mu_u, 2);
            const vec v_s_u4 = power(u_o - mu_u, 2);
            const vec v_s_v = power(v_i - mu_v, 2);
            const vec v_s_v2 = power(v_f - mu_v, 2);
            const vec v_s_v3 = power(v_g - mu_v, 2);
            const vec v_s_v4 = power(v_o - mu_v, 2);
            put(Q_v_s_u, v_s_u);
            put(Q_v_s_u2, v_s_u2);
            put(Q_v_s_u3, v_s_u3);
            put(Q_v_s_u4, v_s_u4);
            put(Q_v_s_v, v_s_v);
            put(Q_v_s_v2, v_s_v2);
            put(Q_v_s_v3, v_s_v3);
            put(Q_v_s_v4, v_s_v4);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of numbers. */
static void step_3_numbers(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec epsilon = fixed(Q_epsilon);
        for (long row = 0; row < rows; row++) {
            const vec mean_s_u = get(Q_mean_s_u);
            const vec mean_s_v = get(Q_mean_s_v);
            const vec s_u = square_root(mean_s_u + epsilon);
            const vec s_v = square_root(mean_s_v + epsilon);
            put(Q_s_u, s_u);
            put(Q_s_v, s_v);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of units. */
static void step_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec alpha_i = fixed(Q_alpha_i);
        const vec beta_i = fixed(Q_beta_i);
        const vec b_i = fixed(Q_b_i);
        const vec alpha_f = fixed(Q_alpha_f);
        const vec beta_f = fixed(Q_beta_f);
        const vec b_f = fixed(Q_b_f);
        const vec alpha_g = fixed(Q_alpha_g);
        const vec beta_g = fixed(Q_beta_g);
        const vec b_g = fixed(Q_b_g);
        const vec alpha_o = fixed(Q_alpha_o);
        const vec beta_o = fixed(Q_beta_o);
        const vec b_o = fixed(Q_b_o);
        for (long row = 0; row < rows; row++) {
            const vec u_i = get(Q_u_i);
            const vec mu_u = get(Q_mu_u);
            const vec s_u = get(Q_s_u);
            const vec v_i = get(Q_v_i);
            const vec mu_v = get(Q_mu_v);
            const vec s_v = get(Q_s_v);
            const vec u_f = get(Q_u_f);
            const vec v_f = get(Q_v_f);
            const vec u_g = get(Q_u_g);
            const vec v_g = get(Q_v_g);
            const vec u_o = get(Q_u_o);
            const vec v_o = get(Q_v_o);
            const vec c_prev = get(Q_c_prev);
            const vec i = vsigmoid(alpha_i * (u_i - mu_u) / s_u + beta_i * (v_i - mu_v) / s_v + b_i);
            const vec f = vsigmoid(alpha_f * (u_f - mu_u) / s_u + beta_f * (v_f - mu_v) / s_v + b_f);
            const vec g = vtanh(alpha_g * (u_g - mu_u) / s_u + beta_g * (v_g - mu_v) / s_v + b_g);
            const vec o = vsigmoid(alpha_o * (u_o - mu_u) / s_u + beta_o * (v_o - mu_v) / s_v + b_o);
            const vec c = f * c_prev + i * g;
            put(Q_o, o);
            put(Q_c, c);
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
            const vec c = get(Q_c);
            const vec mean_c = get(Q_mean_c);
            const vec v_h = power(c - mean_c, 2);
            put(Q_v_h, v_h);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step, panels of units. */
static void step_5(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec gamma = fixed(Q_gamma);
        const vec epsilon = fixed(Q_epsilon);
        const vec b_c = fixed(Q_b_c);
        for (long row = 0; row < rows; row++) {
            const vec c = get(Q_c);
            const vec mean_c = get(Q_mean_c);
            const vec mean_v_h = get(Q_mean_v_h);
            const vec o = get(Q_o);
            const vec tanh_h = vtanh(gamma * (c - mean_c) / square_root(mean_v_h + epsilon) + b_c);
            const vec h = o * tanh_h;
            put(Q_h, h);
            if (keep) {
                put(Q_tanh_h, tanh_h);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec gamma = fixed(Q_gamma);
        const vec epsilon = fixed(Q_epsilon);
        vec d_alpha_o = splat(0);
        vec d_beta_o = splat(0);
        vec d_gamma = splat(0);
        vec d_b_o = splat(0);
        vec d_b_c = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec o = get(Q_o);
            const vec tanh_h = get(Q_tanh_h);
            const vec c = get(Q_c);
            const vec mean_c = get(Q_mean_c);
            const vec mean_v_h = get(Q_mean_v_h);
            const vec u_o = get(Q_u_o);
            const vec mu_u = get(Q_mu_u);
            const vec s_u = get(Q_s_u);
            const vec v_o = get(Q_v_o);
            const vec mu_v = get(Q_mu_v);
            const vec s_v = get(Q_s_v);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_a_tanh_h = d_h * o * (R(1) - power(tanh_h, 2));
            const vec a_96 = -R(0.5) * d_a_tanh_h * gamma * (c - mean_c) / vpow(mean_v_h + epsilon, splat(R(1.5)));
            const vec d_a_o = d_h * tanh_h * o * (R(1) - o);
            d_alpha_o += d_a_o * (u_o - mu_u) / s_u;
            d_beta_o += d_a_o * (v_o - mu_v) / s_v;
            d_gamma += d_a_tanh_h * (c - mean_c) / square_root(mean_v_h + epsilon);
            d_b_o += d_a_o;
            d_b_c += d_a_tanh_h;
            put(Q_d_c_next, d_c_next);
            put(Q_d_a_tanh_h, d_a_tanh_h);
            put(Q_a_96, a_96);
            put(Q_d_a_o, d_a_o);
        }
        add(Q_d_alpha_o, d_alpha_o);
        add(Q_d_beta_o, d_beta_o);
        add(Q_d_gamma, d_gamma);
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
            const vec d_mean_v_h = get(Q_d_mean_v_h);
            const vec d_v_h = d_mean_v_h / hidden_size;
            put(Q_d_v_h, d_v_h);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec gamma = fixed(Q_gamma);
        const vec epsilon = fixed(Q_epsilon);
        for (long row = 0; row < rows; row++) {
            const vec d_v_h = get(Q_d_v_h);
            const vec c = get(Q_c);
            const vec mean_c = get(Q_mean_c);
            const vec d_a_tanh_h = get(Q_d_a_tanh_h);
            const vec mean_v_h = get(Q_mean_v_h);
            const vec a_100 = -R(2) * d_v_h * (c - mean_c) - d_a_tanh_h * gamma / square_root(mean_v_h + epsilon);
            put(Q_a_100, a_100);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec hidden_size = fixed(Q_hidden_size);
        const vec gamma = fixed(Q_gamma);
        const vec epsilon = fixed(Q_epsilon);
        const vec beta_i = fixed(Q_beta_i);
        const vec beta_f = fixed(Q_beta_f);
        const vec beta_g = fixed(Q_beta_g);
        const vec beta_o = fixed(Q_beta_o);
        const vec alpha_i = fixed(Q_alpha_i);
        const vec alpha_f = fixed(Q_alpha_f);
        const vec alpha_g = fixed(Q_alpha_g);
        const vec alpha_o = fixed(Q_alpha_o);
        vec d_alpha_i = splat(0);
        vec d_alpha_f = splat(0);
        vec d_alpha_g = splat(0);
        vec d_beta_i = splat(0);
        vec d_beta_f = splat(0);
        vec d_beta_g = splat(0);
        vec d_b_i = splat(0);
        vec d_b_f = splat(0);
        vec d_b_g = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_c_next = get(Q_d_c_next);
            const vec d_mean_c = get(Q_d_mean_c);
            const vec d_v_h = get(Q_d_v_h);
            const vec c = get(Q_c);
            const vec mean_c = get(Q_mean_c);
            const vec d_a_tanh_h = get(Q_d_a_tanh_h);
            const vec mean_v_h = get(Q_mean_v_h);
            const vec i = get(Q_i);
            const vec g = get(Q_g);
            const vec f = get(Q_f);
            const vec c_prev = get(Q_c_prev);
            const vec v_i = get(Q_v_i);
            const vec mu_v = get(Q_mu_v);
            const vec s_v = get(Q_s_v);
            const vec v_f = get(Q_v_f);
            const vec v_g = get(Q_v_g);
            const vec d_a_o = get(Q_d_a_o);
            const vec v_o = get(Q_v_o);
            const vec u_i = get(Q_u_i);
            const vec mu_u = get(Q_mu_u);
            const vec s_u = get(Q_s_u);
            const vec u_f = get(Q_u_f);
            const vec u_g = get(Q_u_g);
            const vec u_o = get(Q_u_o);
            const vec d_c = d_c_next + d_mean_c / hidden_size + R(2) * d_v_h * (c - mean_c) + d_a_tanh_h * gamma / square_root(mean_v_h + epsilon);
            const vec d_a_g = d_c * i * (R(1) - power(g, 2));
            const vec d_a_f = f * (R(1) - f) * d_c * c_prev;
            const vec d_a_i = d_c * g * i * (R(1) - i);
            const vec a_112 = -d_a_i * beta_i * (v_i - mu_v) / power(s_v, 2) - d_a_f * beta_f * (v_f - mu_v) / power(s_v, 2) - d_a_g * beta_g * (v_g - mu_v) / power(s_v, 2) - d_a_o * beta_o * (v_o - mu_v) / power(s_v, 2);
            const vec a_119 = -d_a_i * alpha_i * (u_i - mu_u) / power(s_u, 2) - d_a_f * alpha_f * (u_f - mu_u) / power(s_u, 2) - d_a_g * alpha_g * (u_g - mu_u) / power(s_u, 2) - d_a_o * alpha_o * (u_o - mu_u) / power(s_u, 2);
            const vec d_c_prev = d_c * f;
            d_alpha_i += d_a_i * (u_i - mu_u) / s_u;
            d_alpha_f += d_a_f * (u_f - mu_u) / s_u;
            d_alpha_g += d_a_g * (u_g - mu_u) / s_u;
            d_beta_i += d_a_i * (v_i - mu_v) / s_v;
            d_beta_f += d_a_f * (v_f - mu_v) / s_v;
            d_beta_g += d_a_g * (v_g - mu_v) / s_v;
            d_b_i += d_a_i;
            d_b_f += d_a_f;
            d_b_g += d_a_g;
            put(Q_d_a_g, d_a_g);
            put(Q_d_a_f, d_a_f);
            put(Q_d_a_i, d_a_i);
            put(Q_a_112, a_112);
            put(Q_a_119, a_119);
            put(Q_d_c_prev, d_c_prev);
        }
        add(Q_d_alpha_i, d_alpha_i);
        add(Q_d_alpha_f, d_alpha_f);
        add(Q_d_alpha_g, d_alpha_g);
        add(Q_d_beta_i, d_beta_i);
        add(Q_d_beta_f, d_beta_f);
        add(Q_d_beta_g, d_beta_g);
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
            const vec d_s_v = get(Q_d_s_v);
            const vec s_v = get(Q_s_v);
            const vec d_s_u = get(Q_d_s_u);
            const vec s_u = get(Q_s_u);
            const vec scaled_d_mean_s_v = R(0.5) / hidden_size * d_s_v / s_v;
            const vec d_v_s_v4 = R(0.25) * scaled_d_mean_s_v;
            const vec d_v_s_v3 = R(0.25) * scaled_d_mean_s_v;
            const vec d_v_s_v2 = R(0.25) * scaled_d_mean_s_v;
            const vec d_v_s_v = R(0.25) * scaled_d_mean_s_v;
            const vec scaled_d_mean_s_u = R(0.5) / hidden_size * d_s_u / s_u;
            const vec d_v_s_u4 = R(0.25) * scaled_d_mean_s_u;
            const vec d_v_s_u3 = R(0.25) * scaled_d_mean_s_u;
            const vec d_v_s_u2 = R(0.25) * scaled_d_mean_s_u;
            const vec d_v_s_u = R(0.25) * scaled_d_mean_s_u;
            put(Q_d_v_s_v4, d_v_s_v4);
            put(Q_d_v_s_v3, d_v_s_v3);
            put(Q_d_v_s_v2, d_v_s_v2);
            put(Q_d_v_s_v, d_v_s_v);
            put(Q_d_v_s_u4, d_v_s_u4);
            put(Q_d_v_s_u3, d_v_s_u3);
            put(Q_d_v_s_u2, d_v_s_u2);
            put(Q_d_v_s_u, d_v_s_u);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of units. */
static void back_4(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec beta_i = fixed(Q_beta_i);
        const vec beta_f = fixed(Q_beta_f);
        const vec beta_g = fixed(Q_beta_g);
        const vec beta_o = fixed(Q_beta_o);
        const vec alpha_i = fixed(Q_alpha_i);
        const vec alpha_f = fixed(Q_alpha_f);
        const vec alpha_g = fixed(Q_alpha_g);
        const vec alpha_o = fixed(Q_alpha_o);
        for (long row = 0; row < rows; row++) {
            const vec d_v_s_v = get(Q_d_v_s_v);
            const vec v_i = get(Q_v_i);
            const vec mu_v = get(Q_mu_v);
            const vec d_v_s_v2 = get(Q_d_v_s_v2);
            const vec v_f = get(Q_v_f);
            const vec d_v_s_v3 = get(Q_d_v_s_v3);
            const vec v_g = get(Q_v_g);
            const vec d_v_s_v4 = get(Q_d_v_s_v4);
            const vec v_o = get(Q_v_o);
            const vec d_a_i = get(Q_d_a_i);
            const vec s_v = get(Q_s_v);
            const vec d_a_f = get(Q_d_a_f);
            const vec d_a_g = get(Q_d_a_g);
            const vec d_a_o = get(Q_d_a_o);
            const vec d_v_s_u = get(Q_d_v_s_u);
            const vec u_i = get(Q_u_i);
            const vec mu_u = get(Q_mu_u);
            const vec d_v_s_u2 = get(Q_d_v_s_u2);
            const vec u_f = get(Q_u_f);
            const vec d_v_s_u3 = get(Q_d_v_s_u3);
            const vec u_g = get(Q_u_g);
            const vec d_v_s_u4 = get(Q_d_v_s_u4);
            const vec u_o = get(Q_u_o);
            const vec s_u = get(Q_s_u);
            const vec a_130 = -R(2) * d_v_s_v * (v_i - mu_v) - R(2) * d_v_s_v2 * (v_f - mu_v) - R(2) * d_v_s_v3 * (v_g - mu_v) - R(2) * d_v_s_v4 * (v_o - mu_v) - d_a_i * beta_i / s_v - d_a_f * beta_f / s_v - d_a_g * beta_g / s_v - d_a_o * beta_o / s_v;
            const vec a_140 = -R(2) * d_v_s_u * (u_i - mu_u) - R(2) * d_v_s_u2 * (u_f - mu_u) - R(2) * d_v_s_u3 * (u_g - mu_u) - R(2) * d_v_s_u4 * (u_o - mu_u) - d_a_i * alpha_i / s_u - d_a_f * alpha_f / s_u - d_a_g * alpha_g / s_u - d_a_o * alpha_o / s_u;
            put(Q_a_130, a_130);
            put(Q_a_140, a_140);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of units. */
static void back_5(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec hidden_size = fixed(Q_hidden_size);
        const vec beta_o = fixed(Q_beta_o);
        const vec beta_g = fixed(Q_beta_g);
        const vec beta_f = fixed(Q_beta_f);
        const vec beta_i = fixed(Q_beta_i);
        const vec alpha_o = fixed(Q_alpha_o);
        const vec alpha_g = fixed(Q_alpha_g);
        const vec alpha_f = fixed(Q_alpha_f);
        const vec alpha_i = fixed(Q_alpha_i);
        for (long row = 0; row < rows; row++) {
            const vec d_mu_v = get(Q_d_mu_v);
            const vec d_v_s_v4 = get(Q_d_v_s_v4);
            const vec v_o = get(Q_v_o);
            const vec mu_v = get(Q_mu_v);
            const vec d_a_o = get(Q_d_a_o);
            const vec s_v = get(Q_s_v);
            const vec d_v_s_v3 = get(Q_d_v_s_v3);
            const vec v_g = get(Q_v_g);
            const vec d_a_g = get(Q_d_a_g);
            const vec d_v_s_v2 = get(Q_d_v_s_v2);
            const vec v_f = get(Q_v_f);
            const vec d_a_f = get(Q_d_a_f);
            const vec d_v_s_v = get(Q_d_v_s_v);
            const vec v_i = get(Q_v_i);
            const vec d_a_i = get(Q_d_a_i);
            const vec d_mu_u = get(Q_d_mu_u);
            const vec d_v_s_u4 = get(Q_d_v_s_u4);
            const vec u_o = get(Q_u_o);
            const vec mu_u = get(Q_mu_u);
            const vec s_u = get(Q_s_u);
            const vec d_v_s_u3 = get(Q_d_v_s_u3);
            const vec u_g = get(Q_u_g);
            const vec d_v_s_u2 = get(Q_d_v_s_u2);
            const vec u_f = get(Q_u_f);
            const vec d_v_s_u = get(Q_d_v_s_u);
            const vec u_i = get(Q_u_i);
            const vec d_v_o = R(0.25) * d_mu_v / hidden_size + R(2) * d_v_s_v4 * (v_o - mu_v) + d_a_o * beta_o / s_v;
            const vec d_v_g = R(0.25) * d_mu_v / hidden_size + R(2) * d_v_s_v3 * (v_g - mu_v) + d_a_g * beta_g / s_v;
            const vec d_v_f = R(0.25) * d_mu_v / hidden_size + R(2) * d_v_s_v2 * (v_f - mu_v) + d_a_f * beta_f / s_v;
            const vec d_v_i = R(0.25) * d_mu_v / hidden_size + R(2) * d_v_s_v * (v_i - mu_v) + d_a_i * beta_i / s_v;
            const vec d_u_o = R(0.25) * d_mu_u / hidden_size + R(2) * d_v_s_u4 * (u_o - mu_u) + d_a_o * alpha_o / s_u;
            const vec d_u_g = R(0.25) * d_mu_u / hidden_size + R(2) * d_v_s_u3 * (u_g - mu_u) + d_a_g * alpha_g / s_u;
            const vec d_u_f = R(0.25) * d_mu_u / hidden_size + R(2) * d_v_s_u2 * (u_f - mu_u) + d_a_f * alpha_f / s_u;
            const vec d_u_i = R(0.25) * d_mu_u / hidden_size + R(2) * d_v_s_u * (u_i - mu_u) + d_a_i * alpha_i / s_u;
            put(Q_d_v_o, d_v_o);
            put(Q_d_v_g, d_v_g);
            put(Q_d_v_f, d_v_f);
            put(Q_d_v_i, d_v_i);
            put(Q_d_u_o, d_u_o);
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
    {"alpha_i", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"alpha_f", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"alpha_g", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"alpha_o", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"beta_i", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"beta_f", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"beta_g", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"beta_o", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"gamma", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
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
    {HIDDEN_SIZE, 0, 4},
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
    {OF_TENSOR, HIDDEN_SIZE, 12, 0},
    {OF_TENSOR, HIDDEN_SIZE, 13, 0},
    {OF_TENSOR, HIDDEN_SIZE, 14, 0},
    {OF_TENSOR, HIDDEN_SIZE, 15, 0},
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
    {1, 0, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_v_i, Q_h_prev}}},
};

static const Total totals[] = {
    {2, 0, 5, HIDDEN_SIZE, 0, 0},
    {3, 0, 6, HIDDEN_SIZE, 0, 0},
    {4, 0, 7, HIDDEN_SIZE, 0, 0},
    {5, 0, 0, HIDDEN_SIZE, 0, 0},
    {6, 0, 8, HIDDEN_SIZE, 0, 0},
    {7, 0, 9, HIDDEN_SIZE, 0, 0},
    {8, 0, 10, HIDDEN_SIZE, 0, 0},
    {9, 0, 1, HIDDEN_SIZE, 0, 0},
    {10, 0, 2, HIDDEN_SIZE, 0, 0},
    {11, 0, 11, HIDDEN_SIZE, 0, 0},
    {12, 0, 12, HIDDEN_SIZE, 0, 0},
    {13, 0, 13, HIDDEN_SIZE, 0, 0},
    {14, 0, 3, HIDDEN_SIZE, 0, 0},
    {15, 0, 4, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_u_i_, Q_v_i_}, step_1}}},
    {2, 1, (const Reduction[]){{MEAN_OF, Q_mu_u, 4, (const short[]){Q_u_i, Q_u_f, Q_u_g, Q_u_o}, 0, 0}, {MEAN_OF, Q_mu_v, 4, (const short[]){Q_v_i, Q_v_f, Q_v_g, Q_v_o}, 0, 0}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, step_2}}},
    {2, 2, (const Reduction[]){{MEAN_OF, Q_mean_s_u, 4, (const short[]){Q_v_s_u, Q_v_s_u2, Q_v_s_u3, Q_v_s_u4}, 0, 0}, {MEAN_OF, Q_mean_s_v, 4, (const short[]){Q_v_s_v, Q_v_s_v2, Q_v_s_v3, Q_v_s_v4}, 0, 0}}, (const Group[]){{ONE, 0, 0, 0, 0, 0, step_3_numbers}, {HIDDEN_SIZE, 0, 0, 0, 0, 0, step_3}}},
    {1, 1, (const Reduction[]){{MEAN_OF, Q_mean_c, 1, (const short[]){Q_c}, 0, 0}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, step_4}}},
    {1, 1, (const Reduction[]){{MEAN_OF, Q_mean_v_h, 1, (const short[]){Q_v_h}, 0, 0}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, step_5}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {1, 2, (const Reduction[]){{SUM_OF, Q_d_mean_v_h, 1, (const short[]){Q_a_96}, 0, 0}}, (const Group[]){{ONE, 0, 0, 0, 0, 0, back_2_numbers}, {HIDDEN_SIZE, 0, 0, 0, 0, 0, back_2}}},
    {1, 1, (const Reduction[]){{SUM_OF, Q_d_mean_c, 1, (const short[]){Q_a_100}, 0, 0}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_3}}},
    {2, 2, (const Reduction[]){{SUM_OF, Q_d_s_v, 1, (const short[]){Q_a_112}, 0, 0}, {SUM_OF, Q_d_s_u, 1, (const short[]){Q_a_119}, 0, 0}}, (const Group[]){{ONE, 0, 0, 0, 0, 0, back_4_numbers}, {HIDDEN_SIZE, 0, 0, 0, 0, 0, back_4}}},
    {2, 1, (const Reduction[]){{SUM_OF, Q_d_mu_v, 1, (const short[]){Q_a_130}, 0, 0}, {SUM_OF, Q_d_mu_u, 1, (const short[]){Q_a_140}, 0, 0}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_5}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 2, -1, 0, 4, (const short[]){Q_d_v_i, Q_d_v_f, Q_d_v_g, Q_d_v_o}}}, (const short[]){Q_d_h_prev_}, back_6}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{3, 3, -1, 0, 4, (const short[]){Q_d_u_i, Q_d_u_f, Q_d_u_g, Q_d_u_o}}}, (const short[]){Q_d_x_}, back_6_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "layer_norm_lstm",
    .quantities = 116,
    .forward_quantities = 58,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 16,
    .constants = 1,
    .packs = 4,
    .buffers = 4,
    .fixed = 16,
    .biases = 0,
    .early = 1,
    .outers = 2,
    .totals = 14,
    .sums = 14,
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
