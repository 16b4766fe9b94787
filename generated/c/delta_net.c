/* Of delta_net.py as it was written, SHA-256 a73944f5cbecfb97399032575ecb22d6e4820906c39937e144117e86cd975d57 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * DeltaNet. One time step:
 *
 *     q̂ₜ = SiLU(W_iq_hat xₜ)
 *     k̂ₜ = SiLU(W_ik_hat xₜ)
 *     vₜ = SiLU(W_iv xₜ)
 *     βₜ = σ(W_iβ xₜ)
 *     qₜ = q̂ₜ/sqrt(q̂ₜᵀ q̂ₜ + 0.000001)
 *     kₜ = k̂ₜ/sqrt(k̂ₜᵀ k̂ₜ + 0.000001)
 *     Sₜ = Sₜ₋₁ + βₜ (vₜ − Sₜ₋₁ kₜ) kₜᵀ
 *     oₜ = Sₜ qₜ
 *     hₜ = W_oh oₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_q_hat_,
    Q_a_k_hat_,
    Q_a_v_,
    Q_a_beta_,
    Q_h_,
    Q_x,
    Q_S_prev,
    Q_h,
    Q_S,
    Q_a_q_hat,
    Q_a_k_hat,
    Q_q_hat,
    Q_k_hat,
    Q_a_v,
    Q_v,
    Q_beta,
    Q_dot_q,
    Q_dot_k,
    Q_v_q,
    Q_v_k,
    Q_q,
    Q_k,
    Q_read_S_k,
    Q_v_S,
    Q_scaled_S,
    Q_o,
    Q_d_h_later,
    Q_d_y,
    Q_d_S_later,
    Q_d_o_,
    Q_a_84_,
    Q_a_85_,
    Q_d_h_prev,
    Q_d_S_prev,
    Q_d_x,
    Q_d_a_q_hat,
    Q_d_a_k_hat,
    Q_d_a_v,
    Q_d_a_beta,
    Q_d_h,
    Q_d_S_next,
    Q_sigmoid_a_v,
    Q_sigmoid_a_k_hat,
    Q_sigmoid_a_q_hat,
    Q_factor3,
    Q_factor2,
    Q_factor,
    Q_scaled_v_S,
    Q_d_o,
    Q_a_54,
    Q_d_q,
    Q_d_S,
    Q_d_v_S,
    Q_a_57,
    Q_scaled_d_q,
    Q_a_91,
    Q_a_72,
    Q_d_read_S_k,
    Q_a_56,
    Q_a_94,
    Q_a_74,
    Q_d_k,
    Q_d_dot_q,
    Q_a_85,
    Q_scaled_d_k,
    Q_a_68,
    Q_a_70,
    Q_a_71,
    Q_a_97,
    Q_d_dot_k,
    Q_a_66,
    Q_a_67
};

enum { SIZE_heads_key = NAMED, SIZE_heads_value, SIZE_heads, SIZE_key, SIZE_value, SIZE_heads_value_key };

static const Quantity quantities[] = {
    [Q_a_q_hat_] = {EARLY, SIZE_heads_key, 0, 0, 0, Q_a_q_hat_},
    [Q_a_k_hat_] = {EARLY, SIZE_heads_key, 0, 0, 1, Q_a_q_hat_},
    [Q_a_v_] = {EARLY, SIZE_heads_value, 0, 1, 0, Q_a_v_},
    [Q_a_beta_] = {EARLY, SIZE_heads, 0, 2, 0, Q_a_beta_},
    [Q_h_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_S_prev] = {BEFORE, SIZE_heads_value_key, 0, 1, 0, Q_S_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_S] = {AFTER, SIZE_heads_value_key, 0, 1, 0, Q_S},
    [Q_a_q_hat] = {PANEL, SIZE_heads_key, 1, 0, 0, Q_a_q_hat},
    [Q_a_k_hat] = {PANEL, SIZE_heads_key, 1, 1, 0, Q_a_q_hat},
    [Q_q_hat] = {ROW, SIZE_heads_key, 1, 2, 0, Q_q_hat},
    [Q_k_hat] = {ROW, SIZE_heads_key, 1, 3, 0, Q_k_hat},
    [Q_a_v] = {PANEL, SIZE_heads_value, 1, 0, 0, Q_a_v},
    [Q_v] = {PANEL, SIZE_heads_value, 0, 0, 0, Q_v},
    [Q_beta] = {ROW, SIZE_heads, 1, 1, 0, Q_beta},
    [Q_dot_q] = {ROW, SIZE_heads, 1, 2, 0, Q_dot_q},
    [Q_dot_k] = {ROW, SIZE_heads, 1, 3, 0, Q_dot_k},
    [Q_v_q] = {ROW, SIZE_heads, 1, 4, 0, Q_v_q},
    [Q_v_k] = {ROW, SIZE_heads, 1, 5, 0, Q_v_k},
    [Q_q] = {ROW, SIZE_heads_key, 1, 4, 0, Q_q},
    [Q_k] = {ROW, SIZE_heads_key, 1, 5, 0, Q_k},
    [Q_read_S_k] = {ROW, SIZE_heads_value, 0, 0, 0, Q_read_S_k},
    [Q_v_S] = {ROW, SIZE_heads_value, 1, 1, 0, Q_v_S},
    [Q_scaled_S] = {ROW, SIZE_heads_value_key, 0, 0, 0, Q_scaled_S},
    [Q_o] = {ROW, SIZE_heads_value, 1, 2, 0, Q_o},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_S_later] = {LATER, SIZE_heads_value_key, 0, 1, 0, Q_d_S_later},
    [Q_d_o_] = {LOCAL, SIZE_heads_value, 0, 4, 0, Q_d_o_},
    [Q_a_84_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_a_84_},
    [Q_a_85_] = {LOCAL, INPUT_SIZE, 0, 6, 0, Q_a_85_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_S_prev] = {EARLIER, SIZE_heads_value_key, 0, 1, 0, Q_d_S_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_q_hat] = {ROW, SIZE_heads_key, 1, 0, 0, Q_d_a_q_hat},
    [Q_d_a_k_hat] = {ROW, SIZE_heads_key, 1, 1, 0, Q_d_a_k_hat},
    [Q_d_a_v] = {ROW, SIZE_heads_value, 1, 0, 0, Q_d_a_v},
    [Q_d_a_beta] = {ROW, SIZE_heads, 1, 0, 0, Q_d_a_beta},
    [Q_d_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_h},
    [Q_d_S_next] = {PANEL, SIZE_heads_value_key, 0, 0, 0, Q_d_S_next},
    [Q_sigmoid_a_v] = {PANEL, SIZE_heads_value, 0, 1, 0, Q_v},
    [Q_sigmoid_a_k_hat] = {PANEL, SIZE_heads_key, 0, 0, 0, Q_sigmoid_a_k_hat},
    [Q_sigmoid_a_q_hat] = {PANEL, SIZE_heads_key, 0, 1, 0, Q_sigmoid_a_k_hat},
    [Q_factor3] = {ROW, SIZE_heads, 0, 0, 0, Q_factor3},
    [Q_factor2] = {ROW, SIZE_heads, 0, 1, 0, Q_factor2},
    [Q_factor] = {ROW, SIZE_heads, 0, 2, 0, Q_factor},
    [Q_scaled_v_S] = {ROW, SIZE_heads_value, 0, 1, 0, Q_scaled_v_S},
    [Q_d_o] = {ROW, SIZE_heads_value, 0, 2, 0, Q_d_o},
    [Q_a_54] = {ROW, SIZE_heads_value_key, 0, 1, 0, Q_a_54},
    [Q_d_q] = {ROW, SIZE_heads_key, 0, 0, 0, Q_d_q},
    [Q_d_S] = {ROW, SIZE_heads_value_key, 0, 2, 0, Q_d_S},
    [Q_d_v_S] = {ROW, SIZE_heads_value, 0, 3, 0, Q_d_v_S},
    [Q_a_57] = {ROW, SIZE_heads_key, 0, 1, 0, Q_a_57},
    [Q_scaled_d_q] = {ROW, SIZE_heads_key, 0, 2, 0, Q_scaled_d_q},
    [Q_a_91] = {ROW, SIZE_heads, 0, 3, 0, Q_a_91},
    [Q_a_72] = {ROW, SIZE_heads_key, 0, 3, 0, Q_a_72},
    [Q_d_read_S_k] = {ROW, SIZE_heads_value, 0, 4, 0, Q_d_read_S_k},
    [Q_a_56] = {ROW, SIZE_heads_key, 0, 4, 0, Q_a_56},
    [Q_a_94] = {ROW, SIZE_heads, 0, 4, 0, Q_a_94},
    [Q_a_74] = {ROW, SIZE_heads_value_key, 0, 3, 0, Q_a_74},
    [Q_d_k] = {ROW, SIZE_heads_key, 0, 5, 0, Q_d_k},
    [Q_d_dot_q] = {ROW, SIZE_heads, 0, 5, 0, Q_d_dot_q},
    [Q_a_85] = {PANEL, INPUT_SIZE, 0, 0, 0, Q_a_85},
    [Q_scaled_d_k] = {ROW, SIZE_heads_key, 0, 6, 0, Q_scaled_d_k},
    [Q_a_68] = {ROW, SIZE_heads_key, 0, 7, 0, Q_a_68},
    [Q_a_70] = {ROW, SIZE_heads_key, 0, 8, 0, Q_a_70},
    [Q_a_71] = {ROW, SIZE_heads_key, 0, 9, 0, Q_a_71},
    [Q_a_97] = {ROW, SIZE_heads, 0, 6, 0, Q_a_97},
    [Q_d_dot_k] = {ROW, SIZE_heads, 0, 7, 0, Q_d_dot_k},
    [Q_a_66] = {ROW, SIZE_heads_key, 0, 10, 0, Q_a_66},
    [Q_a_67] = {ROW, SIZE_heads_key, 0, 11, 0, Q_a_67},
};

/* Stage 1 of a time step, panels of heads by key. */
static void step_1_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_q_hat = get(Q_a_q_hat_);
            const vec a_k_hat = get(Q_a_k_hat_);
            const vec q_hat = a_q_hat / (R(1) + vexp(-magnitude(a_q_hat))) * vexp(R(0.5) * a_q_hat - R(0.5) * magnitude(a_q_hat));
            const vec k_hat = a_k_hat / (R(1) + vexp(-magnitude(a_k_hat))) * vexp(R(0.5) * a_k_hat - R(0.5) * magnitude(a_k_hat));
            put(Q_q_hat, q_hat);
            put(Q_k_hat, k_hat);
            if (keep) {
                put(Q_a_q_hat, a_q_hat);
                put(Q_a_k_hat, a_k_hat);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of heads by value. */
static void step_1_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_v = get(Q_a_v_);
            const vec v = a_v / (R(1) + vexp(-magnitude(a_v))) * vexp(R(0.5) * a_v - R(0.5) * magnitude(a_v));
            put(Q_v, v);
            if (keep) {
                put(Q_a_v, a_v);
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
            const vec a_beta = get(Q_a_beta_);
            const vec beta = vsigmoid(a_beta);
            put(Q_beta, beta);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of heads. */
static void step_2_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec dot_q = get(Q_dot_q);
            const vec dot_k = get(Q_dot_k);
            const vec v_q = R(1) / square_root(dot_q + R(1e-06));
            const vec v_k = R(1) / square_root(dot_k + R(1e-06));
            put(Q_v_q, v_q);
            put(Q_v_k, v_k);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step, panels of heads by value. */
static void step_4_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec v = get(Q_v);
            const vec read_S_k = get(Q_read_S_k);
            const vec v_S = v - read_S_k;
            put(Q_v_S, v_S);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step, panels of heads by value by key. */
static void step_5_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            fetch(Q_S);
            const vec S_prev = get(Q_S_prev);
            const vec scaled_S = get(Q_scaled_S);
            const vec S = S_prev + scaled_S;
            put(Q_S, S);
        }
    }
    (void)keep;
}

/* Stage 7 of a time step, panels of units. */
static void step_7(const At *restrict at, long first, long end, long rows, int keep)
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
            const vec d_y = get(Q_d_y);
            const vec d_h = d_h_later + d_y;
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
            put(Q_d_S_next, d_S_next);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by value. */
static void back_1_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_v = get(Q_a_v);
            const vec sigmoid_a_v = vsigmoid(a_v);
            put(Q_sigmoid_a_v, sigmoid_a_v);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads by key. */
static void back_1_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_k_hat = get(Q_a_k_hat);
            const vec a_q_hat = get(Q_a_q_hat);
            const vec sigmoid_a_k_hat = vsigmoid(a_k_hat);
            const vec sigmoid_a_q_hat = vsigmoid(a_q_hat);
            put(Q_sigmoid_a_k_hat, sigmoid_a_k_hat);
            put(Q_sigmoid_a_q_hat, sigmoid_a_q_hat);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of heads. */
static void back_1_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec v_k = get(Q_v_k);
            const vec dot_k = get(Q_dot_k);
            const vec v_q = get(Q_v_q);
            const vec dot_q = get(Q_dot_q);
            const vec beta = get(Q_beta);
            const vec factor3 = v_k / (dot_k + R(1e-06));
            const vec factor2 = v_q / (dot_q + R(1e-06));
            const vec factor = beta * (R(1) - beta);
            put(Q_factor3, factor3);
            put(Q_factor2, factor2);
            put(Q_factor, factor);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of heads by value. */
static void back_2_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_o = get(Q_d_o_);
            put(Q_d_o, d_o);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of heads by value by key. */
static void back_3_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_S_next = get(Q_d_S_next);
            const vec a_54 = get(Q_a_54);
            const vec d_S = d_S_next + a_54;
            put(Q_d_S, d_S);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of heads by value. */
static void back_4_heads_value(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_v_S = get(Q_d_v_S);
            const vec sigmoid_a_v = get(Q_sigmoid_a_v);
            const vec a_v = get(Q_a_v);
            const vec d_read_S_k = -d_v_S;
            const vec d_v = d_v_S;
            const vec d_a_v = d_v * sigmoid_a_v * (R(1) + a_v * (R(1) - sigmoid_a_v));
            put(Q_d_read_S_k, d_read_S_k);
            put(Q_d_a_v, d_a_v);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of heads. */
static void back_4_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec d_a_beta = get(Q_a_91);
            put(Q_d_a_beta, d_a_beta);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by key. */
static void back_5_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec a_56 = get(Q_a_56);
            const vec a_57 = get(Q_a_57);
            const vec d_k = a_56 + a_57;
            put(Q_d_k, d_k);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads. */
static void back_5_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec a_94 = get(Q_a_94);
            const vec d_dot_q = -R(0.5) * a_94;
            put(Q_d_dot_q, d_dot_q);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of heads by value by key. */
static void back_5_heads_value_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_S = get(Q_d_S);
            const vec a_74 = get(Q_a_74);
            const vec d_S_prev = d_S + a_74;
            put(Q_d_S_prev, d_S_prev);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of inputs. */
static void back_5_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_85 = get(Q_a_85_);
            put(Q_a_85, a_85);
        }
    }
    (void)keep;
}

/* Stage 6 of a time step backwards, panels of heads by key. */
static void back_6_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_70 = get(Q_a_70);
            const vec a_71 = get(Q_a_71);
            const vec a_72 = get(Q_a_72);
            const vec sigmoid_a_q_hat = get(Q_sigmoid_a_q_hat);
            const vec a_q_hat = get(Q_a_q_hat);
            const vec d_q_hat = a_70 + a_71 + a_72;
            const vec d_a_q_hat = d_q_hat * sigmoid_a_q_hat * (R(1) + a_q_hat * (R(1) - sigmoid_a_q_hat));
            put(Q_d_a_q_hat, d_a_q_hat);
        }
    }
    (void)keep;
}

/* Stage 7 of a time step backwards, panels of heads. */
static void back_7_heads(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec a_97 = get(Q_a_97);
            const vec d_dot_k = -R(0.5) * a_97;
            put(Q_d_dot_k, d_dot_k);
        }
    }
    (void)keep;
}

/* Stage 8 of a time step backwards, panels of heads by key. */
static void back_8_heads_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_66 = get(Q_a_66);
            const vec a_67 = get(Q_a_67);
            const vec a_68 = get(Q_a_68);
            const vec sigmoid_a_k_hat = get(Q_sigmoid_a_k_hat);
            const vec a_k_hat = get(Q_a_k_hat);
            const vec d_k_hat = a_66 + a_67 + a_68;
            const vec d_a_k_hat = d_k_hat * sigmoid_a_k_hat * (R(1) + a_k_hat * (R(1) - sigmoid_a_k_hat));
            put(Q_d_a_k_hat, d_a_k_hat);
        }
    }
    (void)keep;
}

/* Stage 9 of a time step backwards, panels of inputs. */
static void back_9_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_84_ = get(Q_a_84_);
            const vec a_85 = get(Q_a_85);
            const vec d_x = a_84_ + a_85;
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1},
    {SIZE_heads_value_key, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_i_heads_key", SIZE_heads_key, INPUT_SIZE, ONE, 2, 0, 0},
    {"weight_i_heads_value", SIZE_heads_value, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_i_heads", SIZE_heads, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_oh", HIDDEN_SIZE, SIZE_heads_value, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, SIZE_heads_key, INPUT_SIZE},
    {1, 0, 1, 0, 0, SIZE_heads_value, INPUT_SIZE},
    {2, 0, 1, 0, 0, SIZE_heads, INPUT_SIZE},
    {3, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_heads_value},
    {3, 0, 1, 1, 0, SIZE_heads_value, HIDDEN_SIZE},
    {1, 0, 1, 1, 0, INPUT_SIZE, SIZE_heads_value},
    {2, 0, 1, 1, 0, INPUT_SIZE, SIZE_heads},
    {0, 0, 2, 1, 0, INPUT_SIZE, SIZE_heads_key},
};

static const Buffer buffers[] = {
    {SIZE_heads_key, 1, 2},
    {SIZE_heads_value, 1, 1},
    {SIZE_heads, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_heads_value, 0, 1},
    {INPUT_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {0},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
    {1, 1, -1, 0, 1, (const short[]){Q_x}},
    {2, 2, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, SIZE_heads_key, INPUT_SIZE, (const Factors[]){{Q_d_a_q_hat, Q_x}}},
    {1, 0, 1, 1, SIZE_heads_value, INPUT_SIZE, (const Factors[]){{Q_d_a_v, Q_x}}},
    {2, 0, 1, 1, SIZE_heads, INPUT_SIZE, (const Factors[]){{Q_d_a_beta, Q_x}}},
    {3, 0, 1, 1, HIDDEN_SIZE, SIZE_heads_value, (const Factors[]){{Q_d_h, Q_o}}},
};

static const Total totals[] = {
    {0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 3, 0, (const Group[]){{SIZE_heads_key, 0, 0, 1, 0, (const short[]){Q_a_q_hat_}, step_1_heads_key}, {SIZE_heads_value, 0, 0, 1, 0, (const short[]){Q_a_v_}, step_1_heads_value}, {SIZE_heads, 0, 0, 1, 0, (const short[]){Q_a_beta_}, step_1_heads}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_dot_q, 2, (const short[]){Q_q_hat, Q_q_hat}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_dot_k, 2, (const short[]){Q_k_hat, Q_k_hat}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads, 0, 0, 0, 0, 0, step_2_heads}}},
    {2, 0, (const Reduction[]){{CONTRACTION, Q_q, 2, (const short[]){Q_v_q, Q_q_hat}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_k, 2, (const short[]){Q_v_k, Q_k_hat}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, 0},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_read_S_k, 2, (const short[]){Q_S_prev, Q_k}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, step_4_heads_value}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_scaled_S, 3, (const short[]){Q_beta, Q_v_S, Q_k}, 3, (const Loop[]){{SIZE_heads, {3, 1, 2, 2}}, {SIZE_value, {2, 0, 1, 0}}, {SIZE_key, {1, 0, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, step_5_heads_value_key}}},
    {1, 0, (const Reduction[]){{CONTRACTION, Q_o, 2, (const short[]){Q_S, Q_q}, 3, (const Loop[]){{SIZE_heads, {2, 3, 2}}, {SIZE_value, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, 0},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_o}}}, (const short[]){Q_h_}, step_7}}},
};

static const Stage backward[] = {
    {0, 5, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_heads_value_key, 0, 0, 0, 0, 0, back_1_heads_value_key}, {SIZE_heads_value, 0, 0, 0, 0, 0, back_1_heads_value}, {SIZE_heads_key, 0, 0, 0, 0, 0, back_1_heads_key}, {SIZE_heads, 0, 0, 0, 0, 0, back_1_heads}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_scaled_v_S, 2, (const short[]){Q_factor, Q_v_S}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_value, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_d_h}}}, (const short[]){Q_d_o_}, back_2_heads_value}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_a_54, 2, (const short[]){Q_d_o, Q_q}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_d_q, 2, (const short[]){Q_d_o, Q_S}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_value_key, 0, 0, 0, 0, 0, back_3_heads_value_key}}},
    {5, 2, (const Reduction[]){{CONTRACTION, Q_d_v_S, 3, (const short[]){Q_d_S, Q_beta, Q_k}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 2}}, {SIZE_value, {1, 2, 0, 0}}, {SIZE_key, {0, 1, 0, 1}}}}, {CONTRACTION, Q_a_57, 3, (const short[]){Q_d_S, Q_beta, Q_v_S}, 3, (const Loop[]){{SIZE_heads, {2, 3, 1, 2}}, {SIZE_value, {0, 2, 0, 1}}, {SIZE_key, {1, 1, 0, 0}}}}, {CONTRACTION, Q_scaled_d_q, 2, (const short[]){Q_factor2, Q_d_q}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_91, 3, (const short[]){Q_d_S, Q_scaled_v_S, Q_k}, 3, (const Loop[]){{SIZE_heads, {1, 3, 2, 2}}, {SIZE_value, {0, 2, 1, 0}}, {SIZE_key, {0, 1, 0, 1}}}}, {CONTRACTION, Q_a_72, 2, (const short[]){Q_d_q, Q_v_q}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_key, {1, 1, 0}}}}}, (const Group[]){{SIZE_heads_value, 0, 0, 0, 0, 0, back_4_heads_value}, {SIZE_heads, 0, 0, 0, 0, 0, back_4_heads}}},
    {3, 4, (const Reduction[]){{CONTRACTION, Q_a_56, 2, (const short[]){Q_d_read_S_k, Q_S_prev}, 3, (const Loop[]){{SIZE_heads, {2, 2, 3}}, {SIZE_value, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_94, 2, (const short[]){Q_scaled_d_q, Q_q_hat}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_a_74, 2, (const short[]){Q_d_read_S_k, Q_k}, 3, (const Loop[]){{SIZE_heads, {3, 2, 2}}, {SIZE_value, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_5_heads_key}, {SIZE_heads, 0, 0, 0, 0, 0, back_5_heads}, {SIZE_heads_value_key, 0, 0, 0, 0, 0, back_5_heads_value_key}, {INPUT_SIZE, 0, 2, 1, (const Product[]){{6, 5, -1, 0, 1, (const short[]){Q_d_a_v}}, {6, 6, -1, 1, 1, (const short[]){Q_d_a_beta}}}, (const short[]){Q_a_85_}, back_5_inputs}}},
    {4, 1, (const Reduction[]){{CONTRACTION, Q_scaled_d_k, 2, (const short[]){Q_factor3, Q_d_k}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_68, 2, (const short[]){Q_d_k, Q_v_k}, 2, (const Loop[]){{SIZE_heads, {2, 2, 1}}, {SIZE_key, {1, 1, 0}}}}, {CONTRACTION, Q_a_70, 2, (const short[]){Q_d_dot_q, Q_q_hat}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_71, 2, (const short[]){Q_d_dot_q, Q_q_hat}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_6_heads_key}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_a_97, 2, (const short[]){Q_scaled_d_k, Q_k_hat}, 2, (const Loop[]){{SIZE_heads, {1, 2, 2}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_heads, 0, 0, 0, 0, 0, back_7_heads}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_a_66, 2, (const short[]){Q_d_dot_k, Q_k_hat}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_67, 2, (const short[]){Q_d_dot_k, Q_k_hat}, 2, (const Loop[]){{SIZE_heads, {2, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_heads_key, 0, 0, 0, 0, 0, back_8_heads_key}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 0, 1, 1, (const Product[]){{5, 7, -1, 0, 2, (const short[]){Q_d_a_q_hat, Q_d_a_k_hat}}}, (const short[]){Q_a_84_}, back_9_inputs}}},
};

static const char *const sizes[] = {
    "heads*key",
    "heads*value",
    "heads",
    "key",
    "value",
    "heads*value*key",
};

const Cell derive_cell = {
    .name = "delta_net",
    .quantities = 72,
    .forward_quantities = 26,
    .states = 2,
    .inputs = 1,
    .axes = 10,
    .tensors = 4,
    .constants = 0,
    .packs = 8,
    .buffers = 7,
    .fixed = 0,
    .biases = 0,
    .early = 3,
    .outers = 4,
    .totals = 0,
    .sums = 0,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 0,
    .forward_stages = 7,
    .backward_stages = 9,
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
