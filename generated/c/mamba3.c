/* Of mamba3.py as it was written, SHA-256 208a851247e1da7c0dc27d99ec91bc77828ff26a5da3e76eb06e1115b1262cbe */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Mamba-3. One time step:
 *
 *        zₜ = SiLU(W_iz xₜ)
 *        sₜ = softplus(W_is xₜ + b_is)
 *        aₜ = exp(−sₜ ⊙ max(0.0001, softplus(W_ia xₜ)))
 *        λₜ = σ(W_iλ xₜ)
 *     B_reₜ = W_iB_re xₜ
 *     B_imₜ = W_iB_im xₜ
 *     C_reₜ = W_iC_re xₜ
 *     C_imₜ = W_iC_im xₜ
 *        φₜ = φₜ₋₁ + sₜ (π tanh(W_iφ xₜ))
 *        nₜ = sqrt((headmean(B_reₜ²) + headmean(B_imₜ²))/2 + 0.00001)
 *        mₜ = sqrt((headmean(C_reₜ²) + headmean(C_imₜ²))/2 + 0.00001)
 *        βₜ = (1 − λₜ) ⊙ sₜ
 *        Ŝₜ = aₜ Sₜ₋₁ + aₜ βₜ vₜ₋₁ k_reₜ₋₁ᵀ
 *        P̂ₜ = aₜ Pₜ₋₁ + aₜ βₜ vₜ₋₁ k_imₜ₋₁ᵀ
 *        vₜ = W_iv xₜ
 *     k_reₜ = cos(φₜ) ⊙ (p_re ⊙ B_reₜ/nₜ + e_re) − sin(φₜ) ⊙ (p_im ⊙ B_imₜ/nₜ + e_im)
 *     k_imₜ = cos(φₜ) ⊙ (p_im ⊙ B_imₜ/nₜ + e_im) + sin(φₜ) ⊙ (p_re ⊙ B_reₜ/nₜ + e_re)
 *     q_reₜ = cos(φₜ) ⊙ (g_re ⊙ C_reₜ/mₜ + f_re) − sin(φₜ) ⊙ (g_im ⊙ C_imₜ/mₜ + f_im)
 *     q_imₜ = cos(φₜ) ⊙ (g_im ⊙ C_imₜ/mₜ + f_im) + sin(φₜ) ⊙ (g_re ⊙ C_reₜ/mₜ + f_re)
 *        Sₜ = Ŝₜ + λₜ sₜ vₜ k_reₜᵀ
 *        Pₜ = P̂ₜ + λₜ sₜ vₜ k_imₜᵀ
 *        yₜ = zₜ ⊙ (Sₜ q_reₜ + Pₜ q_imₜ + D vₜ)
 *        hₜ = W_yh yₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_z_,
    Q_v_,
    Q_a_s_,
    Q_a_a_,
    Q_a_lambda__,
    Q_B_re_,
    Q_B_im_,
    Q_C_re_,
    Q_C_im_,
    Q_a_phi_,
    Q_h_,
    Q_x,
    Q_S_prev,
    Q_P_prev,
    Q_v_prev,
    Q_k_re_prev,
    Q_k_im_prev,
    Q_phi_prev,
    Q_h,
    Q_S,
    Q_P,
    Q_v,
    Q_k_re,
    Q_k_im,
    Q_phi,
    Q_a_z,
    Q_z,
    Q_a_s,
    Q_s,
    Q_a_a,
    Q_softplus_a_a,
    Q_a,
    Q_lambda_,
    Q_beta,
    Q_B_re,
    Q_B_im,
    Q_C_re,
    Q_C_im,
    Q_tanh_a_phi,
    Q_v_phi,
    Q_v_n,
    Q_v_n2,
    Q_v_m,
    Q_v_m2,
    Q_scaled_phi,
    Q_headmean_v_n,
    Q_headmean_v_n2,
    Q_headmean_v_m,
    Q_headmean_v_m2,
    Q_scaled_y,
    Q_scaled_S_hat,
    Q_scaled_S_hat2,
    Q_scaled_P_hat,
    Q_scaled_P_hat2,
    Q_n,
    Q_m,
    Q_cos_phi,
    Q_sin_phi,
    Q_q_re,
    Q_q_im,
    Q_S_hat,
    Q_P_hat,
    Q_scaled_S,
    Q_scaled_P,
    Q_read_S_q_re,
    Q_read_P_q_im,
    Q_y,
    Q_p_re,
    Q_p_im,
    Q_e_re,
    Q_e_im,
    Q_g_re,
    Q_g_im,
    Q_f_re,
    Q_f_im,
    Q_D,
    Q_d_h_later,
    Q_d_y2,
    Q_d_S_later,
    Q_d_P_later,
    Q_d_v_later,
    Q_d_k_re_later,
    Q_d_k_im_later,
    Q_d_phi_later,
    Q_d_y_,
    Q_a_249_,
    Q_a_251_,
    Q_d_h_prev,
    Q_d_S_prev,
    Q_d_P_prev,
    Q_d_v_prev,
    Q_d_k_re_prev,
    Q_d_k_im_prev,
    Q_d_phi_prev,
    Q_d_x,
    Q_d_a_z,
    Q_d_v,
    Q_d_a_s,
    Q_d_a_a,
    Q_d_a_lambda_,
    Q_d_B_re,
    Q_d_B_im,
    Q_d_C_re,
    Q_d_C_im,
    Q_d_a_phi,
    Q_d_h,
    Q_d_S_next,
    Q_d_P_next,
    Q_d_v_next,
    Q_sigmoid_a_z,
    Q_d_k_re_next,
    Q_d_k_im_next,
    Q_d_phi_next,
    Q_dm_dheadmean_v_m2,
    Q_dn_dheadmean_v_n2,
    Q_factor,
    Q_scaled_s2,
    Q_scaled_s,
    Q_scaled_beta2,
    Q_scaled_beta,
    Q_d_scaled_y,
    Q_d_read_P_q_im,
    Q_d_read_S_q_re,
    Q_a_132,
    Q_a_133,
    Q_d_q_im,
    Q_d_q_re,
    Q_a_140,
    Q_d_D_t,
    Q_d_P,
    Q_d_S,
    Q_d_P_hat,
    Q_d_S_hat,
    Q_d_headmean_v_m2,
    Q_d_headmean_v_m,
    Q_a_136,
    Q_a_137,
    Q_a_138,
    Q_a_139,
    Q_a_141,
    Q_a_142,
    Q_d_v_m2,
    Q_d_v_m,
    Q_a_263,
    Q_a_261,
    Q_scaled_d_S_hat,
    Q_a_255,
    Q_scaled_d_P_hat,
    Q_a_252,
    Q_a_185,
    Q_a_186,
    Q_a_192,
    Q_a_193,
    Q_d_k_im,
    Q_d_k_re,
    Q_d_headmean_v_n2,
    Q_d_headmean_v_n,
    Q_d_phi,
    Q_scaled_d_phi,
    Q_d_beta,
    Q_d_v_n2,
    Q_d_v_n,
    Q_a_265,
    Q_a_257,
    Q_a_254,
    Q_a_184,
    Q_a_249,
    Q_d_g_re,
    Q_d_g_im,
    Q_d_f_re,
    Q_d_f_im,
    Q_d_D,
    Q_d_p_re,
    Q_d_p_im,
    Q_d_e_re,
    Q_d_e_im,
    Q_d_bias_i_heads
};

enum { SIZE_heads_value = NAMED, SIZE_heads, SIZE_heads_key, SIZE_heads_value_key, SIZE_key, SIZE_value };

static const Quantity quantities[] = {
    [Q_a_z_] = {EARLY, SIZE_heads_value, 0, 0, 0, Q_a_z_},
    [Q_v_] = {EARLY, SIZE_heads_value, 0, 0, 1, Q_a_z_},
    [Q_a_s_] = {EARLY, SIZE_heads, 0, 1, 0, Q_a_s_},
    [Q_a_a_] = {EARLY, SIZE_heads, 0, 2, 0, Q_a_a_},
    [Q_a_lambda__] = {EARLY, SIZE_heads, 0, 2, 1, Q_a_a_},
    [Q_B_re_] = {EARLY, SIZE_heads_key, 0, 3, 0, Q_B_re_},
    [Q_B_im_] = {EARLY, SIZE_heads_key, 0, 3, 1, Q_B_re_},
    [Q_C_re_] = {EARLY, SIZE_heads_key, 0, 3, 2, Q_B_re_},
    [Q_C_im_] = {EARLY, SIZE_heads_key, 0, 3, 3, Q_B_re_},
    [Q_a_phi_] = {EARLY, SIZE_heads_key, 0, 3, 4, Q_B_re_},
    [Q_h_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_S_prev] = {BEFORE, SIZE_heads_value_key, 0, 1, 0, Q_S_prev},
    [Q_P_prev] = {BEFORE, SIZE_heads_value_key, 0, 2, 0, Q_P_prev},
    [Q_v_prev] = {BEFORE, SIZE_heads_value, 0, 3, 0, Q_v_prev},
    [Q_k_re_prev] = {BEFORE, SIZE_heads_key, 0, 4, 0, Q_k_re_prev},
    [Q_k_im_prev] = {BEFORE, SIZE_heads_key, 0, 5, 0, Q_k_im_prev},
    [Q_phi_prev] = {BEFORE, SIZE_heads_key, 0, 6, 0, Q_phi_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_S] = {AFTER, SIZE_heads_value_key, 0, 1, 0, Q_S},
    [Q_P] = {AFTER, SIZE_heads_value_key, 0, 2, 0, Q_P},
    [Q_v] = {AFTER, SIZE_heads_value, 0, 3, 0, Q_v},
    [Q_k_re] = {AFTER, SIZE_heads_key, 0, 4, 0, Q_k_re},
    [Q_k_im] = {AFTER, SIZE_heads_key, 0, 5, 0, Q_k_im},
    [Q_phi] = {AFTER, SIZE_heads_key, 0, 6, 0, Q_phi},
    [Q_a_z] = {PANEL, SIZE_heads_value, 1, 0, 0, Q_a_z},
    [Q_z] = {PANEL, SIZE_heads_value, 1, 1, 0, Q_a_z},
    [Q_a_s] = {PANEL, SIZE_heads, 1, 0, 0, Q_a_s},
    [Q_s] = {ROW, SIZE_heads, 1, 3, 0, Q_s},
    [Q_a_a] = {PANEL, SIZE_heads, 1, 1, 0, Q_a_s},
    [Q_softplus_a_a] = {PANEL, SIZE_heads, 1, 2, 0, Q_a_s},
    [Q_a] = {ROW, SIZE_heads, 1, 4, 0, Q_a},
    [Q_lambda_] = {ROW, SIZE_heads, 1, 5, 0, Q_lambda_},
    [Q_beta] = {ROW, SIZE_heads, 1, 6, 0, Q_beta},
    [Q_B_re] = {PANEL, SIZE_heads_key, 1, 0, 0, Q_B_re},
    [Q_B_im] = {PANEL, SIZE_heads_key, 1, 1, 0, Q_B_re},
    [Q_C_re] = {PANEL, SIZE_heads_key, 1, 2, 0, Q_B_re},
    [Q_C_im] = {PANEL, SIZE_heads_key, 1, 3, 0, Q_B_re},
    [Q_tanh_a_phi] = {PANEL, SIZE_heads_key, 1, 4, 0, Q_B_re},
    [Q_v_phi] = {ROW, SIZE_heads_key, 1, 5, 0, Q_v_phi},
    [Q_v_n] = {PANEL, SIZE_heads_key, 0, 0, 0, Q_v_n},
    [Q_v_n2] = {PANEL, SIZE_heads_key, 0, 1, 0, Q_v_n},
    [Q_v_m] = {PANEL, SIZE_heads_key, 0, 2, 0, Q_v_n},
    [Q_v_m2] = {PANEL, SIZE_heads_key, 0, 3, 0, Q_v_n},
    [Q_scaled_phi] = {ROW, SIZE_heads_key, 0, 0, 0, Q_scaled_phi},
    [Q_headmean_v_n] = {PANEL, SIZE_heads_key, 0, 4, 0, Q_v_n},
    [Q_headmean_v_n2] = {PANEL, SIZE_heads_key, 0, 5, 0, Q_v_n},
    [Q_headmean_v_m] = {PANEL, SIZE_heads_key, 0, 6, 0, Q_v_n},
    [Q_headmean_v_m2] = {PANEL, SIZE_heads_key, 0, 7, 0, Q_v_n},
    [Q_scaled_y] = {ROW, SIZE_heads_value, 1, 2, 0, Q_scaled_y},
    [Q_scaled_S_hat] = {ROW, SIZE_heads_value_key, 0, 0, 0, Q_scaled_S_hat},
    [Q_scaled_S_hat2] = {ROW, SIZE_heads_value_key, 0, 1, 0, Q_scaled_S_hat2},
    [Q_scaled_P_hat] = {ROW, SIZE_heads_value_key, 0, 2, 0, Q_scaled_P_hat},
    [Q_scaled_P_hat2] = {ROW, SIZE_heads_value_key, 0, 3, 0, Q_scaled_P_hat2},
    [Q_n] = {PANEL, SIZE_heads_key, 1, 5, 0, Q_B_re},
    [Q_m] = {PANEL, SIZE_heads_key, 1, 6, 0, Q_B_re},
    [Q_cos_phi] = {PANEL, SIZE_heads_key, 1, 7, 0, Q_B_re},
    [Q_sin_phi] = {PANEL, SIZE_heads_key, 1, 8, 0, Q_B_re},
    [Q_q_re] = {ROW, SIZE_heads_key, 1, 6, 0, Q_q_re},
    [Q_q_im] = {ROW, SIZE_heads_key, 1, 7, 0, Q_q_im},
    [Q_S_hat] = {PANEL, SIZE_heads_value_key, 0, 0, 0, Q_S_hat},
    [Q_P_hat] = {PANEL, SIZE_heads_value_key, 0, 1, 0, Q_S_hat},
    [Q_scaled_S] = {ROW, SIZE_heads_value_key, 0, 4, 0, Q_scaled_S},
    [Q_scaled_P] = {ROW, SIZE_heads_value_key, 0, 5, 0, Q_scaled_P},
    [Q_read_S_q_re] = {ROW, SIZE_heads_value, 1, 3, 0, Q_read_S_q_re},
    [Q_read_P_q_im] = {ROW, SIZE_heads_value, 1, 4, 0, Q_read_P_q_im},
    [Q_y] = {ROW, SIZE_heads_value, 1, 5, 0, Q_y},
    [Q_p_re] = {FIXED, SIZE_heads_key, 0, 0, 0, Q_p_re},
    [Q_p_im] = {FIXED, SIZE_heads_key, 0, 1, 0, Q_p_im},
    [Q_e_re] = {FIXED, SIZE_heads_key, 0, 2, 0, Q_e_re},
    [Q_e_im] = {FIXED, SIZE_heads_key, 0, 3, 0, Q_e_im},
    [Q_g_re] = {FIXED, SIZE_heads_key, 0, 4, 0, Q_g_re},
    [Q_g_im] = {FIXED, SIZE_heads_key, 0, 5, 0, Q_g_im},
    [Q_f_re] = {FIXED, SIZE_heads_key, 0, 6, 0, Q_f_re},
    [Q_f_im] = {FIXED, SIZE_heads_key, 0, 7, 0, Q_f_im},
    [Q_D] = {FIXED, SIZE_heads, 0, 8, 0, Q_D},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y2] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y2},
    [Q_d_S_later] = {LATER, SIZE_heads_value_key, 0, 1, 0, Q_d_S_later},
    [Q_d_P_later] = {LATER, SIZE_heads_value_key, 0, 2, 0, Q_d_P_later},
    [Q_d_v_later] = {LATER, SIZE_heads_value, 0, 3, 0, Q_d_v_later},
    [Q_d_k_re_later] = {LATER, SIZE_heads_key, 0, 4, 0, Q_d_k_re_later},
    [Q_d_k_im_later] = {LATER, SIZE_heads_key, 0, 5, 0, Q_d_k_im_later},
    [Q_d_phi_later] = {LATER, SIZE_heads_key, 0, 6, 0, Q_d_phi_later},
    [Q_d_y_] = {LOCAL, SIZE_heads_value, 0, 5, 0, Q_d_y_},
    [Q_a_249_] = {LOCAL, INPUT_SIZE, 0, 6, 0, Q_a_249_},
    [Q_a_251_] = {LOCAL, INPUT_SIZE, 0, 7, 0, Q_a_251_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_S_prev] = {EARLIER, SIZE_heads_value_key, 0, 1, 0, Q_d_S_prev},
    [Q_d_P_prev] = {EARLIER, SIZE_heads_value_key, 0, 2, 0, Q_d_P_prev},
    [Q_d_v_prev] = {EARLIER, SIZE_heads_value, 0, 3, 0, Q_d_v_prev},
    [Q_d_k_re_prev] = {EARLIER, SIZE_heads_key, 0, 4, 0, Q_d_k_re_prev},
    [Q_d_k_im_prev] = {EARLIER, SIZE_heads_key, 0, 5, 0, Q_d_k_im_prev},
    [Q_d_phi_prev] = {EARLIER, SIZE_heads_key, 0, 6, 0, Q_d_phi_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_z] = {ROW, SIZE_heads_value, 1, 0, 0, Q_d_a_z},
    [Q_d_v] = {ROW, SIZE_heads_value, 1, 1, 0, Q_d_v},
    [Q_d_a_s] = {ROW, SIZE_heads, 1, 0, 0, Q_d_a_s},
    [Q_d_a_a] = {ROW, SIZE_heads, 1, 1, 0, Q_d_a_a},
    [Q_d_a_lambda_] = {ROW, SIZE_heads, 1, 2, 0, Q_d_a_lambda_},
    [Q_d_B_re] = {ROW, SIZE_heads_key, 1, 0, 0, Q_d_B_re},
    [Q_d_B_im] = {ROW, SIZE_heads_key, 1, 1, 0, Q_d_B_im},
    [Q_d_C_re] = {ROW, SIZE_heads_key, 1, 2, 0, Q_d_C_re},
    [Q_d_C_im] = {ROW, SIZE_heads_key, 1, 3, 0, Q_d_C_im},
    [Q_d_a_phi] = {ROW, SIZE_heads_key, 1, 4, 0, Q_d_a_phi},
    [Q_d_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_h},
    [Q_d_S_next] = {PANEL, SIZE_heads_value_key, 0, 2, 0, Q_S_hat},
    [Q_d_P_next] = {PANEL, SIZE_heads_value_key, 0, 3, 0, Q_S_hat},
    [Q_d_v_next] = {PANEL, SIZE_heads_value, 0, 0, 0, Q_d_v_next},
    [Q_sigmoid_a_z] = {PANEL, SIZE_heads_value, 0, 1, 0, Q_d_v_next},
    [Q_d_k_re_next] = {PANEL, SIZE_heads_key, 0, 8, 0, Q_v_n},
    [Q_d_k_im_next] = {PANEL, SIZE_heads_key, 0, 9, 0, Q_v_n},
    [Q_d_phi_next] = {PANEL, SIZE_heads_key, 0, 10, 0, Q_v_n},
    [Q_dm_dheadmean_v_m2] = {PANEL, SIZE_heads_key, 0, 11, 0, Q_v_n},
    [Q_dn_dheadmean_v_n2] = {PANEL, SIZE_heads_key, 0, 12, 0, Q_v_n},
    [Q_factor] = {PANEL, SIZE_heads, 0, 0, 0, Q_factor},
    [Q_scaled_s2] = {ROW, SIZE_heads, 0, 0, 0, Q_scaled_s2},
    [Q_scaled_s] = {ROW, SIZE_heads, 0, 1, 0, Q_scaled_s},
    [Q_scaled_beta2] = {ROW, SIZE_heads, 0, 2, 0, Q_scaled_beta2},
    [Q_scaled_beta] = {ROW, SIZE_heads, 0, 3, 0, Q_scaled_beta},
    [Q_d_scaled_y] = {ROW, SIZE_heads_value, 0, 0, 0, Q_d_scaled_y},
    [Q_d_read_P_q_im] = {ROW, SIZE_heads_value, 0, 1, 0, Q_d_read_P_q_im},
    [Q_d_read_S_q_re] = {ROW, SIZE_heads_value, 0, 2, 0, Q_d_read_S_q_re},
    [Q_a_132] = {ROW, SIZE_heads_value_key, 0, 6, 0, Q_a_132},
    [Q_a_133] = {ROW, SIZE_heads_value_key, 0, 7, 0, Q_a_133},
    [Q_d_q_im] = {ROW, SIZE_heads_key, 0, 1, 0, Q_d_q_im},
    [Q_d_q_re] = {ROW, SIZE_heads_key, 0, 2, 0, Q_d_q_re},
    [Q_a_140] = {ROW, SIZE_heads_value, 0, 3, 0, Q_a_140},
    [Q_d_D_t] = {ROW, SIZE_heads, 0, 4, 0, Q_d_D_t},
    [Q_d_P] = {ROW, SIZE_heads_value_key, 0, 8, 0, Q_d_P},
    [Q_d_S] = {ROW, SIZE_heads_value_key, 0, 9, 0, Q_d_S},
    [Q_d_P_hat] = {ROW, SIZE_heads_value_key, 0, 10, 0, Q_d_P_hat},
    [Q_d_S_hat] = {ROW, SIZE_heads_value_key, 0, 11, 0, Q_d_S_hat},
    [Q_d_headmean_v_m2] = {PANEL, SIZE_heads_key, 0, 13, 0, Q_v_n},
    [Q_d_headmean_v_m] = {PANEL, SIZE_heads_key, 0, 14, 0, Q_v_n},
    [Q_a_136] = {ROW, SIZE_heads_key, 0, 3, 0, Q_a_136},
    [Q_a_137] = {ROW, SIZE_heads_key, 0, 4, 0, Q_a_137},
    [Q_a_138] = {ROW, SIZE_heads_value, 0, 4, 0, Q_a_138},
    [Q_a_139] = {ROW, SIZE_heads_value, 0, 5, 0, Q_a_139},
    [Q_a_141] = {ROW, SIZE_heads, 0, 5, 0, Q_a_141},
    [Q_a_142] = {ROW, SIZE_heads, 0, 6, 0, Q_a_142},
    [Q_d_v_m2] = {PANEL, SIZE_heads_key, 0, 15, 0, Q_v_n},
    [Q_d_v_m] = {PANEL, SIZE_heads_key, 0, 16, 0, Q_v_n},
    [Q_a_263] = {ROW, SIZE_heads, 0, 7, 0, Q_a_263},
    [Q_a_261] = {ROW, SIZE_heads, 0, 8, 0, Q_a_261},
    [Q_scaled_d_S_hat] = {ROW, SIZE_heads_value_key, 0, 12, 0, Q_scaled_d_S_hat},
    [Q_a_255] = {ROW, SIZE_heads, 0, 9, 0, Q_a_255},
    [Q_scaled_d_P_hat] = {ROW, SIZE_heads_value_key, 0, 13, 0, Q_scaled_d_P_hat},
    [Q_a_252] = {ROW, SIZE_heads, 0, 10, 0, Q_a_252},
    [Q_a_185] = {ROW, SIZE_heads, 0, 11, 0, Q_a_185},
    [Q_a_186] = {ROW, SIZE_heads, 0, 12, 0, Q_a_186},
    [Q_a_192] = {ROW, SIZE_heads_value, 0, 6, 0, Q_a_192},
    [Q_a_193] = {ROW, SIZE_heads_value, 0, 7, 0, Q_a_193},
    [Q_d_k_im] = {PANEL, SIZE_heads_key, 0, 17, 0, Q_v_n},
    [Q_d_k_re] = {PANEL, SIZE_heads_key, 0, 18, 0, Q_v_n},
    [Q_d_headmean_v_n2] = {PANEL, SIZE_heads_key, 0, 19, 0, Q_v_n},
    [Q_d_headmean_v_n] = {PANEL, SIZE_heads_key, 0, 20, 0, Q_v_n},
    [Q_d_phi] = {ROW, SIZE_heads_key, 0, 5, 0, Q_d_phi},
    [Q_scaled_d_phi] = {ROW, SIZE_heads_key, 0, 6, 0, Q_scaled_d_phi},
    [Q_d_beta] = {PANEL, SIZE_heads, 0, 1, 0, Q_factor},
    [Q_d_v_n2] = {PANEL, SIZE_heads_key, 0, 21, 0, Q_v_n},
    [Q_d_v_n] = {PANEL, SIZE_heads_key, 0, 22, 0, Q_v_n},
    [Q_a_265] = {ROW, SIZE_heads_key, 0, 7, 0, Q_a_265},
    [Q_a_257] = {ROW, SIZE_heads, 0, 13, 0, Q_a_257},
    [Q_a_254] = {ROW, SIZE_heads, 0, 14, 0, Q_a_254},
    [Q_a_184] = {ROW, SIZE_heads, 0, 15, 0, Q_a_184},
    [Q_a_249] = {PANEL, INPUT_SIZE, 0, 0, 0, Q_a_249},
    [Q_d_g_re] = {SUM, SIZE_heads_key, 0, 0, 0, Q_d_g_re},
    [Q_d_g_im] = {SUM, SIZE_heads_key, 0, 1, 0, Q_d_g_im},
    [Q_d_f_re] = {SUM, SIZE_heads_key, 0, 2, 0, Q_d_f_re},
    [Q_d_f_im] = {SUM, SIZE_heads_key, 0, 3, 0, Q_d_f_im},
    [Q_d_D] = {SUM, SIZE_heads, 0, 4, 0, Q_d_D},
    [Q_d_p_re] = {SUM, SIZE_heads_key, 0, 5, 0, Q_d_p_re},
    [Q_d_p_im] = {SUM, SIZE_heads_key, 0, 6, 0, Q_d_p_im},
    [Q_d_e_re] = {SUM, SIZE_heads_key, 0, 7, 0, Q_d_e_re},
    [Q_d_e_im] = {SUM, SIZE_heads_key, 0, 8, 0, Q_d_e_im},
    [Q_d_bias_i_heads] = {SUM, SIZE_heads, 0, 9, 0, Q_d_bias_i_heads},
};

/* Stage 1 of a time step, panels of heads by value. */
static void step_1_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_z = get(Q_a_z_);
            const vec v = get(Q_v_);
            const vec z = a_z / (R(1) + vexp(-magnitude(a_z))) * vexp(R(0.5) * a_z - R(0.5) * magnitude(a_z));
            put(Q_v, v);
            put(Q_z, z);
            if (keep) {
                put(Q_a_z, a_z);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of heads. */
static void step_1_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_s = get(Q_a_s_);
            const vec s = vsoftplus(a_s);
            const vec a_a = get(Q_a_a_);
            const vec a_lambda_ = get(Q_a_lambda__);
            const vec softplus_a_a = vsoftplus(a_a);
            const vec a = vexp(-s * maximum(softplus_a_a, splat(R(0.0001))));
            const vec lambda_ = vsigmoid(a_lambda_);
            const vec beta = (R(1) - lambda_) * s;
            put(Q_s, s);
            put(Q_a, a);
            put(Q_lambda_, lambda_);
            put(Q_beta, beta);
            if (keep) {
                put(Q_a_s, a_s);
                put(Q_a_a, a_a);
                put(Q_softplus_a_a, softplus_a_a);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of heads by key. */
static void step_1_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec B_re = get(Q_B_re_);
            const vec B_im = get(Q_B_im_);
            const vec C_re = get(Q_C_re_);
            const vec C_im = get(Q_C_im_);
            const vec a_phi = get(Q_a_phi_);
            const vec tanh_a_phi = vtanh(a_phi);
            const vec v_phi = R(3.141592653589793) * tanh_a_phi;
            const vec v_n = power(B_re, 2);
            const vec v_n2 = power(B_im, 2);
            const vec v_m = power(C_re, 2);
            const vec v_m2 = power(C_im, 2);
            put(Q_B_re, B_re);
            put(Q_B_im, B_im);
            put(Q_C_re, C_re);
            put(Q_C_im, C_im);
            put(Q_v_phi, v_phi);
            put(Q_v_n, v_n);
            put(Q_v_n2, v_n2);
            put(Q_v_m, v_m);
            put(Q_v_m2, v_m2);
            if (keep) {
                put(Q_tanh_a_phi, tanh_a_phi);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of heads by key. */
static void step_2_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec p_re = fixed(Q_p_re);
        const vec e_re = fixed(Q_e_re);
        const vec p_im = fixed(Q_p_im);
        const vec e_im = fixed(Q_e_im);
        const vec g_re = fixed(Q_g_re);
        const vec f_re = fixed(Q_f_re);
        const vec g_im = fixed(Q_g_im);
        const vec f_im = fixed(Q_f_im);
        for (long row = 0; row < rows; row++) {
            const vec headmean_v_n = get(Q_headmean_v_n);
            const vec headmean_v_n2 = get(Q_headmean_v_n2);
            const vec headmean_v_m = get(Q_headmean_v_m);
            const vec headmean_v_m2 = get(Q_headmean_v_m2);
            const vec phi_prev = get(Q_phi_prev);
            const vec scaled_phi = get(Q_scaled_phi);
            const vec B_re = get(Q_B_re);
            const vec B_im = get(Q_B_im);
            const vec C_re = get(Q_C_re);
            const vec C_im = get(Q_C_im);
            const vec n = square_root(R(0.5) * (headmean_v_n + headmean_v_n2) + R(1e-05));
            const vec m = square_root(R(0.5) * (headmean_v_m + headmean_v_m2) + R(1e-05));
            const vec phi = phi_prev + scaled_phi;
            const vec cos_phi = vcos(phi);
            const vec sin_phi = vsin(phi);
            const vec k_re = cos_phi * (p_re * B_re / n + e_re) - sin_phi * (p_im * B_im / n + e_im);
            const vec k_im = cos_phi * (p_im * B_im / n + e_im) + sin_phi * (p_re * B_re / n + e_re);
            const vec q_re = cos_phi * (g_re * C_re / m + f_re) - sin_phi * (g_im * C_im / m + f_im);
            const vec q_im = cos_phi * (g_im * C_im / m + f_im) + sin_phi * (g_re * C_re / m + f_re);
            put(Q_phi, phi);
            put(Q_k_re, k_re);
            put(Q_k_im, k_im);
            put(Q_q_re, q_re);
            put(Q_q_im, q_im);
            if (keep) {
                put(Q_n, n);
                put(Q_m, m);
                put(Q_cos_phi, cos_phi);
                put(Q_sin_phi, sin_phi);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of heads by value by key. */
static void step_2_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec scaled_S_hat = get(Q_scaled_S_hat);
            const vec scaled_S_hat2 = get(Q_scaled_S_hat2);
            const vec scaled_P_hat = get(Q_scaled_P_hat);
            const vec scaled_P_hat2 = get(Q_scaled_P_hat2);
            const vec S_hat = scaled_S_hat + scaled_S_hat2;
            const vec P_hat = scaled_P_hat + scaled_P_hat2;
            put(Q_S_hat, S_hat);
            put(Q_P_hat, P_hat);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of heads by value by key. */
static void step_3_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec S_hat = get(Q_S_hat);
            const vec scaled_S = get(Q_scaled_S);
            const vec P_hat = get(Q_P_hat);
            const vec scaled_P = get(Q_scaled_P);
            const vec S = S_hat + scaled_S;
            const vec P = P_hat + scaled_P;
            put(Q_S, S);
            put(Q_P, P);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step, panels of heads by value. */
static void step_4_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec z = get(Q_z);
            const vec read_S_q_re = get(Q_read_S_q_re);
            const vec read_P_q_im = get(Q_read_P_q_im);
            const vec scaled_y = get(Q_scaled_y);
            const vec y = z * (read_S_q_re + read_P_q_im + scaled_y);
            put(Q_y, y);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step, panels of units. */
static void step_5(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h = get(Q_h_);
            put(Q_h, h);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y2 = get(Q_d_y2);
            const vec d_h = d_h_later + d_y2;
            const vec d_h_prev = splat(R(0));
            put(Q_d_h, d_h);
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by value by key. */
static void back_1_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_S_next = get(Q_d_S_later);
            const vec d_P_next = get(Q_d_P_later);
            put(Q_d_S_next, d_S_next);
            put(Q_d_P_next, d_P_next);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by value. */
static void back_1_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_z = get(Q_a_z);
            const vec d_v_next = get(Q_d_v_later);
            const vec sigmoid_a_z = vsigmoid(a_z);
            put(Q_d_v_next, d_v_next);
            put(Q_sigmoid_a_z, sigmoid_a_z);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by key. */
static void back_1_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec m = get(Q_m);
            const vec n = get(Q_n);
            const vec d_k_re_next = get(Q_d_k_re_later);
            const vec d_k_im_next = get(Q_d_k_im_later);
            const vec d_phi_next = get(Q_d_phi_later);
            const vec dm_dheadmean_v_m2 = R(0.25) / m;
            const vec dn_dheadmean_v_n2 = R(0.25) / n;
            put(Q_d_k_re_next, d_k_re_next);
            put(Q_d_k_im_next, d_k_im_next);
            put(Q_d_phi_next, d_phi_next);
            put(Q_dm_dheadmean_v_m2, dm_dheadmean_v_m2);
            put(Q_dn_dheadmean_v_n2, dn_dheadmean_v_n2);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads. */
static void back_1_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec lambda_ = get(Q_lambda_);
            const vec s = get(Q_s);
            const vec a = get(Q_a);
            const vec beta = get(Q_beta);
            const vec factor = lambda_ * (R(1) - lambda_);
            const vec scaled_s2 = factor * s;
            const vec scaled_s = factor * s;
            const vec scaled_beta2 = a * beta;
            const vec scaled_beta = a * beta;
            put(Q_factor, factor);
            put(Q_scaled_s2, scaled_s2);
            put(Q_scaled_s, scaled_s);
            put(Q_scaled_beta2, scaled_beta2);
            put(Q_scaled_beta, scaled_beta);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of heads by value. */
static void back_2_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec z = get(Q_z);
            const vec sigmoid_a_z = get(Q_sigmoid_a_z);
            const vec read_S_q_re = get(Q_read_S_q_re);
            const vec read_P_q_im = get(Q_read_P_q_im);
            const vec scaled_y = get(Q_scaled_y);
            const vec a_z = get(Q_a_z);
            const vec d_y = get(Q_d_y_);
            const vec d_scaled_y = d_y * z;
            const vec d_read_P_q_im = d_y * z;
            const vec d_read_S_q_re = d_y * z;
            const vec d_a_z = (sigmoid_a_z * d_y * (read_S_q_re + read_P_q_im + scaled_y)) * (R(1) + a_z * (R(1) - sigmoid_a_z));
            put(Q_d_scaled_y, d_scaled_y);
            put(Q_d_read_P_q_im, d_read_P_q_im);
            put(Q_d_read_S_q_re, d_read_S_q_re);
            put(Q_d_a_z, d_a_z);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of heads by value by key. */
static void back_3_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_P_next = get(Q_d_P_next);
            const vec a_132 = get(Q_a_132);
            const vec d_S_next = get(Q_d_S_next);
            const vec a_133 = get(Q_a_133);
            const vec d_P = d_P_next + a_132;
            const vec d_S = d_S_next + a_133;
            const vec d_P_hat = d_P;
            const vec d_S_hat = d_S;
            put(Q_d_P, d_P);
            put(Q_d_S, d_S);
            put(Q_d_P_hat, d_P_hat);
            put(Q_d_S_hat, d_S_hat);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of heads by key. */
static void back_3_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec g_im = fixed(Q_g_im);
        const vec g_re = fixed(Q_g_re);
        vec d_g_re = splat(0);
        vec d_g_im = splat(0);
        vec d_f_re = splat(0);
        vec d_f_im = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_q_re = get(Q_d_q_re);
            const vec sin_phi = get(Q_sin_phi);
            const vec C_im = get(Q_C_im);
            const vec m = get(Q_m);
            const vec cos_phi = get(Q_cos_phi);
            const vec C_re = get(Q_C_re);
            const vec d_q_im = get(Q_d_q_im);
            const vec dm_dheadmean_v_m2 = get(Q_dm_dheadmean_v_m2);
            const vec d_m = d_q_re * (sin_phi * g_im * C_im / power(m, 2) - cos_phi * g_re * C_re / power(m, 2)) + d_q_im * (-cos_phi * g_im * C_im / power(m, 2) - sin_phi * g_re * C_re / power(m, 2));
            const vec d_headmean_v_m2 = d_m * dm_dheadmean_v_m2;
            const vec d_headmean_v_m = d_m * dm_dheadmean_v_m2;
            d_g_re += d_q_re * cos_phi * C_re / m;
            d_g_re += d_q_im * sin_phi * C_re / m;
            d_g_im += -d_q_re * sin_phi * C_im / m;
            d_g_im += d_q_im * cos_phi * C_im / m;
            d_f_re += d_q_re * cos_phi;
            d_f_re += d_q_im * sin_phi;
            d_f_im += -d_q_re * sin_phi;
            d_f_im += d_q_im * cos_phi;
            put(Q_d_headmean_v_m2, d_headmean_v_m2);
            put(Q_d_headmean_v_m, d_headmean_v_m);
        }
        add(Q_d_g_re, d_g_re);
        add(Q_d_g_im, d_g_im);
        add(Q_d_f_re, d_f_re);
        add(Q_d_f_im, d_f_im);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of heads. */
static void back_3_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_D = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_D_t = get(Q_d_D_t);
            d_D += d_D_t;
        }
        add(Q_d_D, d_D);
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of heads by key. */
static void back_4_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec p_im = fixed(Q_p_im);
        const vec p_re = fixed(Q_p_re);
        const vec e_im = fixed(Q_e_im);
        const vec e_re = fixed(Q_e_re);
        const vec g_im = fixed(Q_g_im);
        const vec f_im = fixed(Q_f_im);
        const vec g_re = fixed(Q_g_re);
        const vec f_re = fixed(Q_f_re);
        vec d_p_re = splat(0);
        vec d_p_im = splat(0);
        vec d_e_re = splat(0);
        vec d_e_im = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_k_im_next = get(Q_d_k_im_next);
            const vec a_136 = get(Q_a_136);
            const vec d_k_re_next = get(Q_d_k_re_next);
            const vec a_137 = get(Q_a_137);
            const vec sin_phi = get(Q_sin_phi);
            const vec B_im = get(Q_B_im);
            const vec n = get(Q_n);
            const vec cos_phi = get(Q_cos_phi);
            const vec B_re = get(Q_B_re);
            const vec dn_dheadmean_v_n2 = get(Q_dn_dheadmean_v_n2);
            const vec d_phi_next = get(Q_d_phi_next);
            const vec d_q_re = get(Q_d_q_re);
            const vec C_im = get(Q_C_im);
            const vec m = get(Q_m);
            const vec C_re = get(Q_C_re);
            const vec d_q_im = get(Q_d_q_im);
            const vec tanh_a_phi = get(Q_tanh_a_phi);
            const vec d_v_m2 = get(Q_d_v_m2);
            const vec d_v_m = get(Q_d_v_m);
            const vec d_k_im = d_k_im_next + a_136;
            const vec d_k_re = d_k_re_next + a_137;
            const vec d_n = d_k_re * (sin_phi * p_im * B_im / power(n, 2) - cos_phi * p_re * B_re / power(n, 2)) + d_k_im * (-cos_phi * p_im * B_im / power(n, 2) - sin_phi * p_re * B_re / power(n, 2));
            const vec d_headmean_v_n2 = d_n * dn_dheadmean_v_n2;
            const vec d_headmean_v_n = d_n * dn_dheadmean_v_n2;
            const vec d_phi = d_phi_next + d_k_re * ((-p_im * B_im / n - e_im) * cos_phi - (p_re * B_re / n + e_re) * sin_phi) + d_k_im * ((p_re * B_re / n + e_re) * cos_phi - (p_im * B_im / n + e_im) * sin_phi) + d_q_re * ((-g_im * C_im / m - f_im) * cos_phi - (g_re * C_re / m + f_re) * sin_phi) + d_q_im * ((g_re * C_re / m + f_re) * cos_phi - (g_im * C_im / m + f_im) * sin_phi);
            const vec scaled_d_phi = (R(1) - power(tanh_a_phi, 2)) * d_phi;
            const vec d_C_im = R(2) * d_v_m2 * C_im - d_q_re * sin_phi * g_im / m + d_q_im * cos_phi * g_im / m;
            const vec d_C_re = R(2) * d_v_m * C_re + d_q_re * cos_phi * g_re / m + d_q_im * sin_phi * g_re / m;
            const vec d_phi_prev = d_phi;
            d_p_re += d_k_re * cos_phi * B_re / n;
            d_p_re += d_k_im * sin_phi * B_re / n;
            d_p_im += -d_k_re * sin_phi * B_im / n;
            d_p_im += d_k_im * cos_phi * B_im / n;
            d_e_re += d_k_re * cos_phi;
            d_e_re += d_k_im * sin_phi;
            d_e_im += -d_k_re * sin_phi;
            d_e_im += d_k_im * cos_phi;
            put(Q_d_k_im, d_k_im);
            put(Q_d_k_re, d_k_re);
            put(Q_d_headmean_v_n2, d_headmean_v_n2);
            put(Q_d_headmean_v_n, d_headmean_v_n);
            put(Q_d_phi, d_phi);
            put(Q_scaled_d_phi, scaled_d_phi);
            put(Q_d_C_im, d_C_im);
            put(Q_d_C_re, d_C_re);
            put(Q_d_phi_prev, d_phi_prev);
        }
        add(Q_d_p_re, d_p_re);
        add(Q_d_p_im, d_p_im);
        add(Q_d_e_re, d_e_re);
        add(Q_d_e_im, d_e_im);
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of heads by value. */
static void back_4_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_v_next = get(Q_d_v_next);
            const vec a_138 = get(Q_a_138);
            const vec a_139 = get(Q_a_139);
            const vec a_140 = get(Q_a_140);
            const vec a_192 = get(Q_a_192);
            const vec a_193 = get(Q_a_193);
            const vec d_v = d_v_next + a_138 + a_139 + a_140;
            const vec d_v_prev = a_192 + a_193;
            put(Q_d_v, d_v);
            put(Q_d_v_prev, d_v_prev);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of heads. */
static void back_4_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_141 = get(Q_a_141);
            const vec a_142 = get(Q_a_142);
            const vec a_263 = get(Q_a_263);
            const vec factor = get(Q_factor);
            const vec s = get(Q_s);
            const vec a_261 = get(Q_a_261);
            const vec d_beta = a_141 + a_142;
            const vec d_a_lambda_ = a_263 - factor * d_beta * s + a_261;
            put(Q_d_beta, d_beta);
            put(Q_d_a_lambda_, d_a_lambda_);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by key. */
static void back_5_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec p_im = fixed(Q_p_im);
        const vec p_re = fixed(Q_p_re);
        for (long row = 0; row < rows; row++) {
            const vec a_265 = get(Q_a_265);
            const vec d_v_n2 = get(Q_d_v_n2);
            const vec B_im = get(Q_B_im);
            const vec d_k_re = get(Q_d_k_re);
            const vec sin_phi = get(Q_sin_phi);
            const vec n = get(Q_n);
            const vec d_k_im = get(Q_d_k_im);
            const vec cos_phi = get(Q_cos_phi);
            const vec d_v_n = get(Q_d_v_n);
            const vec B_re = get(Q_B_re);
            const vec d_a_phi = a_265 * R(3.141592653589793);
            const vec d_B_im = R(2) * d_v_n2 * B_im - d_k_re * sin_phi * p_im / n + d_k_im * cos_phi * p_im / n;
            const vec d_B_re = R(2) * d_v_n * B_re + d_k_re * cos_phi * p_re / n + d_k_im * sin_phi * p_re / n;
            put(Q_d_a_phi, d_a_phi);
            put(Q_d_B_im, d_B_im);
            put(Q_d_B_re, d_B_re);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads. */
static void back_5_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_i_heads = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec a_257 = get(Q_a_257);
            const vec a_255 = get(Q_a_255);
            const vec a_254 = get(Q_a_254);
            const vec a_252 = get(Q_a_252);
            const vec softplus_a_a = get(Q_softplus_a_a);
            const vec a_a = get(Q_a_a);
            const vec s = get(Q_s);
            const vec d_beta = get(Q_d_beta);
            const vec lambda_ = get(Q_lambda_);
            const vec a_184 = get(Q_a_184);
            const vec a_185 = get(Q_a_185);
            const vec a_186 = get(Q_a_186);
            const vec a_s = get(Q_a_s);
            const vec d_z_a = a_257 + a_255 + a_254 + a_252;
            const vec d_a_a = -where(softplus_a_a >= splat(R(0.0001)), splat(R(1)), splat(R(0))) * vsigmoid(a_a) * d_z_a * s;
            const vec d_s = d_beta * (R(1) - lambda_) - d_z_a * maximum(softplus_a_a, splat(R(0.0001))) + a_184 + a_185 + a_186;
            const vec d_a_s = d_s * vsigmoid(a_s);
            d_bias_i_heads += d_a_s;
            put(Q_d_a_a, d_a_a);
            put(Q_d_a_s, d_a_s);
        }
        add(Q_d_bias_i_heads, d_bias_i_heads);
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of inputs. */
static void back_5_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_249 = get(Q_a_249_);
            put(Q_a_249, a_249);
        }
    }
    (void)keep;
}

/* Stage 6 of a time step backwards, panels of inputs. */
static void back_6_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_249 = get(Q_a_249);
            const vec a_251_ = get(Q_a_251_);
            const vec d_x = a_249 + a_251_;
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1},
    {SIZE_heads_value_key, 1},
    {SIZE_heads_value_key, 1},
    {SIZE_heads_value, 1},
    {SIZE_heads_key, 1},
    {SIZE_heads_key, 1},
    {SIZE_heads_key, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_i_heads_value", SIZE_heads_value, INPUT_SIZE, ONE, 2, 0, 0},
    {"weight_i_heads", SIZE_heads, INPUT_SIZE, ONE, 3, 0, 0},
    {"bias_i_heads", SIZE_heads, ONE, ONE, 1, 0, 0},
    {"weight_i_heads_key", SIZE_heads_key, INPUT_SIZE, ONE, 5, 0, 0},
    {"weight_yh", HIDDEN_SIZE, SIZE_heads_value, ONE, 1, 0, 0},
    {"p_re", SIZE_heads_key, ONE, ONE, 1, 0, 0},
    {"p_im", SIZE_heads_key, ONE, ONE, 1, 0, 0},
    {"e_re", SIZE_heads_key, ONE, ONE, 1, 0, 0},
    {"e_im", SIZE_heads_key, ONE, ONE, 1, 0, 0},
    {"g_re", SIZE_heads_key, ONE, ONE, 1, 0, 0},
    {"g_im", SIZE_heads_key, ONE, ONE, 1, 0, 0},
    {"f_re", SIZE_heads_key, ONE, ONE, 1, 0, 0},
    {"f_im", SIZE_heads_key, ONE, ONE, 1, 0, 0},
    {"D", SIZE_heads, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, SIZE_heads_value, INPUT_SIZE},
    {1, 0, 1, 0, 0, SIZE_heads, INPUT_SIZE},
    {1, 1, 2, 0, 0, SIZE_heads, INPUT_SIZE},
    {3, 0, 5, 0, 0, SIZE_heads_key, INPUT_SIZE},
    {4, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_heads_value},
    {4, 0, 1, 1, 0, SIZE_heads_value, HIDDEN_SIZE},
    {0, 0, 2, 1, 0, INPUT_SIZE, SIZE_heads_value},
    {1, 0, 3, 1, 0, INPUT_SIZE, SIZE_heads},
    {3, 0, 5, 1, 0, INPUT_SIZE, SIZE_heads_key},
};

static const Buffer buffers[] = {
    {SIZE_heads_value, 1, 2},
    {SIZE_heads, 1, 1},
    {SIZE_heads, 1, 2},
    {SIZE_heads_key, 1, 5},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_heads_value, 0, 1},
    {INPUT_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, SIZE_heads_key, 5, 0},
    {OF_TENSOR, SIZE_heads_key, 6, 0},
    {OF_TENSOR, SIZE_heads_key, 7, 0},
    {OF_TENSOR, SIZE_heads_key, 8, 0},
    {OF_TENSOR, SIZE_heads_key, 9, 0},
    {OF_TENSOR, SIZE_heads_key, 10, 0},
    {OF_TENSOR, SIZE_heads_key, 11, 0},
    {OF_TENSOR, SIZE_heads_key, 12, 0},
    {OF_TENSOR, SIZE_heads, 13, 0},
};

static const Bias biases[] = {
    {SIZE_heads, 1, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
    {1, 1, 0, 0, 1, (const short[]){Q_x}},
    {2, 2, -1, 0, 1, (const short[]){Q_x}},
    {3, 3, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, SIZE_heads_value, INPUT_SIZE, (const Factors[]){{Q_d_a_z, Q_x}}},
    {1, 0, 3, 1, SIZE_heads, INPUT_SIZE, (const Factors[]){{Q_d_a_s, Q_x}}},
    {3, 0, 5, 1, SIZE_heads_key, INPUT_SIZE, (const Factors[]){{Q_d_B_re, Q_x}}},
    {4, 0, 1, 1, HIDDEN_SIZE, SIZE_heads_value, (const Factors[]){{Q_d_h, Q_y}}},
};

static const Total totals[] = {
    {2, 0, 9, SIZE_heads, 0, 0},
    {5, 0, 5, SIZE_heads_key, 0, 0},
    {6, 0, 6, SIZE_heads_key, 0, 0},
    {7, 0, 7, SIZE_heads_key, 0, 0},
    {8, 0, 8, SIZE_heads_key, 0, 0},
    {9, 0, 0, SIZE_heads_key, 0, 0},
    {10, 0, 1, SIZE_heads_key, 0, 0},
    {11, 0, 2, SIZE_heads_key, 0, 0},
    {12, 0, 3, SIZE_heads_key, 0, 0},
    {13, 0, 4, SIZE_heads, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 3, 0, (const Group[]){{SIZE_heads_value, 0, 0, 1, 0, (const short[]){Q_a_z_}, step_1_heads_value}, {SIZE_heads, 0, 0, 2, 0, (const short[]){Q_a_s_, Q_a_a_}, step_1_heads}, {SIZE_heads_key, 0, 0, 1, 0, (const short[]){Q_B_re_}, step_1_heads_key}}},
    {10, 2, (const Reduction[]){{CONTRACTION, Q_scaled_phi, 2, (const short[]){Q_s, Q_v_phi}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {MEAN_OF, Q_headmean_v_n, 1, (const short[]){Q_v_n}, 1, (const Loop[]){{SIZE_heads, {0}}}}, {MEAN_OF, Q_headmean_v_n2, 1, (const short[]){Q_v_n2}, 1, (const Loop[]){{SIZE_heads, {0}}}}, {MEAN_OF, Q_headmean_v_m, 1, (const short[]){Q_v_m}, 1, (const Loop[]){{SIZE_heads, {0}}}}, {MEAN_OF, Q_headmean_v_m2, 1, (const short[]){Q_v_m2}, 1, (const Loop[]){{SIZE_heads, {0}}}}, {CONTRACTION, Q_scaled_y, 2, (const short[]){Q_D, Q_v}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_value, {1, 0, 1}}}}, {CONTRACTION, Q_scaled_S_hat, 2, (const short[]){Q_a, Q_S_prev}, 3, (const Loop[]){{SIZE_heads, {3, 1, 3}}, {SIZE_value, {2, 0, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_scaled_S_hat2, 4, (const short[]){Q_a, Q_beta, Q_v_prev, Q_k_re_prev}, 3, (const Loop[]){{SIZE_heads, {3, 1, 1, 2, 2}}, {SIZE_value, {2, 0, 0, 1, 0}}, {SIZE_key, {1, 0, 0, 0, 1}}}}, {CONTRACTION, Q_scaled_P_hat, 2, (const short[]){Q_a, Q_P_prev}, 3, (const Loop[]){{SIZE_heads, {3, 1, 3}}, {SIZE_value, {2, 0, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_scaled_P_hat2, 4, (const short[]){Q_a, Q_beta, Q_v_prev, Q_k_im_prev}, 3, (const Loop[]){{SIZE_heads, {3, 1, 1, 2, 2}}, {SIZE_value, {2, 0, 0, 1, 0}}, {SIZE_key, {1, 0, 0, 0, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, step_2_heads_key}, {SIZE_heads_value_key, 0, 0, 0, 0, 0, step_2_heads_value_key}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_scaled_S, 4, (const short[]){Q_lambda_, Q_s, Q_v, Q_k_re}, 3, (const Loop[]){{SIZE_heads, {3, 1, 1, 2, 2}}, {SIZE_value, {2, 0, 0, 1, 0}}, {SIZE_key, {1, 0, 0, 0, 1}}}}, {CONTRACTION, Q_scaled_P, 4, (const short[]){Q_lambda_, Q_s, Q_v, Q_k_im}, 3, (const Loop[]){{SIZE_heads, {3, 1, 1, 2, 2}}, {SIZE_value, {2, 0, 0, 1, 0}}, {SIZE_key, {1, 0, 0, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, step_3_heads_value_key}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_read_S_q_re, 2, (const short[]){Q_S, Q_q_re}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_read_P_q_im, 2, (const short[]){Q_P, Q_q_im}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_4_heads_value}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_y}}}, (const short[]){Q_h_}, step_5}}},
};

static const Stage backward[] = {
    {0, 5, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_heads_value_key, 0, 0, 0, 0, 0, back_1_heads_value_key}, {SIZE_heads_value, 0, 0, 0, 0, 0, back_1_heads_value}, {SIZE_heads_key, 0, 0, 0, 0, 0, back_1_heads_key}, {SIZE_heads, 0, 0, 0, 0, 0, back_1_heads}}},
    {0, 1, 0, (const Group[]){{SIZE_heads_value, 0, 1, 1, (const Product[]){{5, 5, -1, 0, 1, (const short[]){Q_d_h}}}, (const short[]){Q_d_y_}, back_2_heads_value}}},
    {6, 3, (const Reduction[]){{CONTRACTION, Q_a_132, 2, (const short[]){Q_d_read_P_q_im, Q_q_im}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_133, 2, (const short[]){Q_d_read_S_q_re, Q_q_re}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_d_q_im, 2, (const short[]){Q_d_read_P_q_im, Q_P}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_d_q_re, 2, (const short[]){Q_d_read_S_q_re, Q_S}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_140, 2, (const short[]){Q_d_scaled_y, Q_D}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_value, {1, 1, 0}}}}, {CONTRACTION, Q_d_D_t, 2, (const short[]){Q_d_scaled_y, Q_v}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_value, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, back_3_heads_value_key}, {SIZE_heads_key, 0, 0, 0, 0, 0, back_3_heads_key}, {SIZE_heads, 0, 0, 0, 0, 0, back_3_heads}}},
    {22, 3, (const Reduction[]){{CONTRACTION, Q_a_136, 4, (const short[]){Q_d_P, Q_lambda_, Q_s, Q_v}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 1, 2}}, {SIZE_value, {0, 2, 0, 0, 1}}, {SIZE_key, {1, 1, 0, 0, 0}}}}, {CONTRACTION, Q_a_137, 4, (const short[]){Q_d_S, Q_lambda_, Q_s, Q_v}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 1, 2}}, {SIZE_value, {0, 2, 0, 0, 1}}, {SIZE_key, {1, 1, 0, 0, 0}}}}, {CONTRACTION, Q_a_138, 4, (const short[]){Q_d_S, Q_lambda_, Q_s, Q_k_re}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 1, 2}}, {SIZE_value, {1, 2, 0, 0, 0}}, {SIZE_key, {0, 1, 0, 0, 1}}}}, {CONTRACTION, Q_a_139, 4, (const short[]){Q_d_P, Q_lambda_, Q_s, Q_k_im}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 1, 2}}, {SIZE_value, {1, 2, 0, 0, 0}}, {SIZE_key, {0, 1, 0, 0, 1}}}}, {CONTRACTION, Q_a_141, 4, (const short[]){Q_d_S_hat, Q_a, Q_v_prev, Q_k_re_prev}, 3, (const Loop[]){{SIZE_heads, {1, 3, 1, 2, 2}}, {SIZE_value, {0, 2, 0, 1, 0}}, {SIZE_key, {0, 1, 0, 0, 1}}}}, {CONTRACTION, Q_a_142, 4, (const short[]){Q_d_P_hat, Q_a, Q_v_prev, Q_k_im_prev}, 3, (const Loop[]){{SIZE_heads, {1, 3, 1, 2, 2}}, {SIZE_value, {0, 2, 0, 1, 0}}, {SIZE_key, {0, 1, 0, 0, 1}}}}, {MEAN_OF, Q_d_v_m2, 1, (const short[]){Q_d_headmean_v_m2}, 1, (const Loop[]){{SIZE_heads, {0}}}}, {MEAN_OF, Q_d_v_m, 1, (const short[]){Q_d_headmean_v_m}, 1, (const Loop[]){{SIZE_heads, {0}}}}, {CONTRACTION, Q_a_263, 4, (const short[]){Q_d_S, Q_scaled_s2, Q_v, Q_k_re}, 3, (const Loop[]){{SIZE_heads, {1, 3, 1, 2, 2}}, {SIZE_value, {0, 2, 0, 1, 0}}, {SIZE_key, {0, 1, 0, 0, 1}}}}, {CONTRACTION, Q_a_261, 4, (const short[]){Q_d_P, Q_scaled_s, Q_v, Q_k_im}, 3, (const Loop[]){{SIZE_heads, {1, 3, 1, 2, 2}}, {SIZE_value, {0, 2, 0, 1, 0}}, {SIZE_key, {0, 1, 0, 0, 1}}}}, {CONTRACTION, Q_scaled_d_S_hat, 2, (const short[]){Q_a, Q_d_S_hat}, 3, (const Loop[]){{SIZE_heads, {3, 1, 3}}, {SIZE_value, {2, 0, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_255, 4, (const short[]){Q_d_S_hat, Q_scaled_beta2, Q_v_prev, Q_k_re_prev}, 3, (const Loop[]){{SIZE_heads, {1, 3, 1, 2, 2}}, {SIZE_value, {0, 2, 0, 1, 0}}, {SIZE_key, {0, 1, 0, 0, 1}}}}, {CONTRACTION, Q_scaled_d_P_hat, 2, (const short[]){Q_a, Q_d_P_hat}, 3, (const Loop[]){{SIZE_heads, {3, 1, 3}}, {SIZE_value, {2, 0, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_252, 4, (const short[]){Q_d_P_hat, Q_scaled_beta, Q_v_prev, Q_k_im_prev}, 3, (const Loop[]){{SIZE_heads, {1, 3, 1, 2, 2}}, {SIZE_value, {0, 2, 0, 1, 0}}, {SIZE_key, {0, 1, 0, 0, 1}}}}, {CONTRACTION, Q_a_185, 4, (const short[]){Q_d_S, Q_lambda_, Q_v, Q_k_re}, 3, (const Loop[]){{SIZE_heads, {1, 3, 1, 2, 2}}, {SIZE_value, {0, 2, 0, 1, 0}}, {SIZE_key, {0, 1, 0, 0, 1}}}}, {CONTRACTION, Q_a_186, 4, (const short[]){Q_d_P, Q_lambda_, Q_v, Q_k_im}, 3, (const Loop[]){{SIZE_heads, {1, 3, 1, 2, 2}}, {SIZE_value, {0, 2, 0, 1, 0}}, {SIZE_key, {0, 1, 0, 0, 1}}}}, {CONTRACTION, Q_d_S_prev, 2, (const short[]){Q_d_S_hat, Q_a}, 3, (const Loop[]){{SIZE_heads, {3, 3, 1}}, {SIZE_value, {2, 2, 0}}, {SIZE_key, {1, 1, 0}}}}, {CONTRACTION, Q_d_P_prev, 2, (const short[]){Q_d_P_hat, Q_a}, 3, (const Loop[]){{SIZE_heads, {3, 3, 1}}, {SIZE_value, {2, 2, 0}}, {SIZE_key, {1, 1, 0}}}}, {CONTRACTION, Q_a_192, 4, (const short[]){Q_d_S_hat, Q_a, Q_beta, Q_k_re_prev}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 1, 2}}, {SIZE_value, {1, 2, 0, 0, 0}}, {SIZE_key, {0, 1, 0, 0, 1}}}}, {CONTRACTION, Q_a_193, 4, (const short[]){Q_d_P_hat, Q_a, Q_beta, Q_k_im_prev}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 1, 2}}, {SIZE_value, {1, 2, 0, 0, 0}}, {SIZE_key, {0, 1, 0, 0, 1}}}}, {CONTRACTION, Q_d_k_re_prev, 4, (const short[]){Q_d_S_hat, Q_a, Q_beta, Q_v_prev}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 1, 2}}, {SIZE_value, {0, 2, 0, 0, 1}}, {SIZE_key, {1, 1, 0, 0, 0}}}}, {CONTRACTION, Q_d_k_im_prev, 4, (const short[]){Q_d_P_hat, Q_a, Q_beta, Q_v_prev}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 1, 2}}, {SIZE_value, {0, 2, 0, 0, 1}}, {SIZE_key, {1, 1, 0, 0, 0}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_4_heads_key}, {SIZE_heads_value, 0, 0, 0, 0, 0, back_4_heads_value}, {SIZE_heads, 0, 0, 0, 0, 0, back_4_heads}}},
    {6, 3, (const Reduction[]){{MEAN_OF, Q_d_v_n2, 1, (const short[]){Q_d_headmean_v_n2}, 1, (const Loop[]){{SIZE_heads, {0}}}}, {MEAN_OF, Q_d_v_n, 1, (const short[]){Q_d_headmean_v_n}, 1, (const Loop[]){{SIZE_heads, {0}}}}, {CONTRACTION, Q_a_265, 2, (const short[]){Q_scaled_d_phi, Q_s}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_key, {1, 1, 0}}}}, {CONTRACTION, Q_a_257, 2, (const short[]){Q_scaled_d_S_hat, Q_S_prev}, 3, (const Loop[]){{SIZE_heads, {1, 3, 3}}, {SIZE_value, {0, 2, 2}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_a_254, 2, (const short[]){Q_scaled_d_P_hat, Q_P_prev}, 3, (const Loop[]){{SIZE_heads, {1, 3, 3}}, {SIZE_value, {0, 2, 2}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_a_184, 2, (const short[]){Q_d_phi, Q_v_phi}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_5_heads_key}, {SIZE_heads, 0, 0, 0, 0, 0, back_5_heads}, {INPUT_SIZE, 0, 1, 1, (const Product[]){{6, 6, -1, 0, 2, (const short[]){Q_d_a_z, Q_d_v}}}, (const short[]){Q_a_249_}, back_5_inputs}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 0, 2, 1, (const Product[]){{7, 7, -1, 0, 3, (const short[]){Q_d_a_s, Q_d_a_a, Q_d_a_lambda_}}, {7, 8, -1, 1, 5, (const short[]){Q_d_B_re, Q_d_B_im, Q_d_C_re, Q_d_C_im, Q_d_a_phi}}}, (const short[]){Q_a_251_}, back_6_inputs}}},
};

static const char *const sizes[] = {
    "heads*value",
    "heads",
    "heads*key",
    "heads*value*key",
    "key",
    "value",
};

const Cell derive_cell = {
    .name = "mamba3",
    .quantities = 177,
    .forward_quantities = 76,
    .states = 7,
    .inputs = 1,
    .axes = 10,
    .tensors = 14,
    .constants = 0,
    .packs = 9,
    .buffers = 8,
    .fixed = 9,
    .biases = 1,
    .early = 4,
    .outers = 4,
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
