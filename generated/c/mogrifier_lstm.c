/* Of mogrifier_lstm.py as it was written, SHA-256 676ee256a6357c0c5b902e22556b7edb9a747974a1a5fb07a0519e130be10958 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Mogrifier LSTM, five rounds. One time step:
 *
 *     x_1ₜ = 2 σ(W_hx_1 hₜ₋₁) ⊙ xₜ
 *     h_2ₜ = 2 σ(W_ih_2 x_1ₜ) ⊙ hₜ₋₁
 *     x_3ₜ = 2 σ(W_hx_3 h_2ₜ) ⊙ x_1ₜ
 *     h_4ₜ = 2 σ(W_ih_4 x_3ₜ) ⊙ h_2ₜ
 *     x_5ₜ = 2 σ(W_hx_5 h_4ₜ) ⊙ x_3ₜ
 *       iₜ = σ(W_ii x_5ₜ + W_hi h_4ₜ + b_i)
 *       fₜ = σ(W_if x_5ₜ + W_hf h_4ₜ + b_f)
 *       gₜ = tanh(W_ig x_5ₜ + W_hg h_4ₜ + b_g)
 *       oₜ = σ(W_io x_5ₜ + W_ho h_4ₜ + b_o)
 *       cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
 *       hₜ = oₜ ⊙ tanh(cₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_1_,
    Q_a_h_2_,
    Q_a_x_3_,
    Q_a_h_4_,
    Q_a_x_5_,
    Q_a_109_0_,
    Q_a_109_1_,
    Q_a_109_2_,
    Q_a_109_3_,
    Q_a_110_0_,
    Q_a_110_1_,
    Q_a_110_2_,
    Q_a_110_3_,
    Q_x,
    Q_h_prev,
    Q_c_prev,
    Q_h,
    Q_c,
    Q_sigmoid_a_x_1,
    Q_x_1,
    Q_sigmoid_a_h_2,
    Q_h_2,
    Q_sigmoid_a_x_3,
    Q_x_3,
    Q_sigmoid_a_h_4,
    Q_h_4,
    Q_sigmoid_a_x_5,
    Q_x_5,
    Q_a_110_0,
    Q_a_110_1,
    Q_a_110_2,
    Q_a_110_3,
    Q_i,
    Q_f,
    Q_g,
    Q_o,
    Q_tanh_c,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_d_x_5_,
    Q_a_124_,
    Q_a_125_,
    Q_a_126_,
    Q_a_127_,
    Q_a_128_,
    Q_a_129_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_x,
    Q_d_a_x_1,
    Q_d_a_x_3,
    Q_d_a_x_5,
    Q_d_a_h_2,
    Q_d_a_h_4,
    Q_d_a_i,
    Q_d_a_f,
    Q_d_a_g,
    Q_d_a_o,
    Q_d_x_5,
    Q_a_125,
    Q_d_h_4,
    Q_d_x_3,
    Q_d_h_2,
    Q_d_bias_0,
    Q_d_bias_1,
    Q_d_bias_2,
    Q_d_bias_3
};

static const Quantity quantities[] = {
    [Q_a_x_1_] = {LOCAL, INPUT_SIZE, 0, 0, 0, Q_a_x_1_},
    [Q_a_h_2_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_h_2_},
    [Q_a_x_3_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_a_x_3_},
    [Q_a_h_4_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_a_h_4_},
    [Q_a_x_5_] = {LOCAL, INPUT_SIZE, 0, 4, 0, Q_a_x_5_},
    [Q_a_109_0_] = {LOCAL, HIDDEN_SIZE, 0, 5, 0, Q_a_109_0_},
    [Q_a_109_1_] = {LOCAL, HIDDEN_SIZE, 0, 5, 1, Q_a_109_0_},
    [Q_a_109_2_] = {LOCAL, HIDDEN_SIZE, 0, 5, 2, Q_a_109_0_},
    [Q_a_109_3_] = {LOCAL, HIDDEN_SIZE, 0, 5, 3, Q_a_109_0_},
    [Q_a_110_0_] = {LOCAL, HIDDEN_SIZE, 0, 6, 0, Q_a_110_0_},
    [Q_a_110_1_] = {LOCAL, HIDDEN_SIZE, 0, 6, 1, Q_a_110_0_},
    [Q_a_110_2_] = {LOCAL, HIDDEN_SIZE, 0, 6, 2, Q_a_110_0_},
    [Q_a_110_3_] = {LOCAL, HIDDEN_SIZE, 0, 6, 3, Q_a_110_0_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_sigmoid_a_x_1] = {PANEL, INPUT_SIZE, 1, 0, 0, Q_sigmoid_a_x_1},
    [Q_x_1] = {ROW, INPUT_SIZE, 1, 3, 0, Q_x_1},
    [Q_sigmoid_a_h_2] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_sigmoid_a_h_2},
    [Q_h_2] = {ROW, HIDDEN_SIZE, 1, 6, 0, Q_h_2},
    [Q_sigmoid_a_x_3] = {PANEL, INPUT_SIZE, 1, 1, 0, Q_sigmoid_a_x_1},
    [Q_x_3] = {ROW, INPUT_SIZE, 1, 4, 0, Q_x_3},
    [Q_sigmoid_a_h_4] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_sigmoid_a_h_2},
    [Q_h_4] = {ROW, HIDDEN_SIZE, 1, 7, 0, Q_h_4},
    [Q_sigmoid_a_x_5] = {PANEL, INPUT_SIZE, 1, 2, 0, Q_sigmoid_a_x_1},
    [Q_x_5] = {ROW, INPUT_SIZE, 1, 5, 0, Q_x_5},
    [Q_a_110_0] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_a_110_0},
    [Q_a_110_1] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_a_110_0},
    [Q_a_110_2] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_a_110_0},
    [Q_a_110_3] = {PANEL, HIDDEN_SIZE, 0, 3, 0, Q_a_110_0},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_sigmoid_a_h_2},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_sigmoid_a_h_2},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_sigmoid_a_h_2},
    [Q_o] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_sigmoid_a_h_2},
    [Q_tanh_c] = {PANEL, HIDDEN_SIZE, 1, 6, 0, Q_sigmoid_a_h_2},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_x_5_] = {LOCAL, INPUT_SIZE, 0, 7, 0, Q_d_x_5_},
    [Q_a_124_] = {LOCAL, HIDDEN_SIZE, 0, 8, 0, Q_a_124_},
    [Q_a_125_] = {LOCAL, HIDDEN_SIZE, 0, 9, 0, Q_a_125_},
    [Q_a_126_] = {LOCAL, INPUT_SIZE, 0, 10, 0, Q_a_126_},
    [Q_a_127_] = {LOCAL, HIDDEN_SIZE, 0, 11, 0, Q_a_127_},
    [Q_a_128_] = {LOCAL, INPUT_SIZE, 0, 12, 0, Q_a_128_},
    [Q_a_129_] = {LOCAL, HIDDEN_SIZE, 0, 13, 0, Q_a_129_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_x_1] = {ROW, INPUT_SIZE, 1, 0, 0, Q_d_a_x_1},
    [Q_d_a_x_3] = {ROW, INPUT_SIZE, 1, 1, 0, Q_d_a_x_3},
    [Q_d_a_x_5] = {ROW, INPUT_SIZE, 1, 2, 0, Q_d_a_x_5},
    [Q_d_a_h_2] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_h_2},
    [Q_d_a_h_4] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_h_4},
    [Q_d_a_i] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_i},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_f},
    [Q_d_a_g] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_d_a_g},
    [Q_d_a_o] = {ROW, HIDDEN_SIZE, 1, 5, 0, Q_d_a_o},
    [Q_d_x_5] = {PANEL, INPUT_SIZE, 0, 0, 0, Q_d_x_5},
    [Q_a_125] = {PANEL, HIDDEN_SIZE, 0, 4, 0, Q_a_110_0},
    [Q_d_h_4] = {PANEL, HIDDEN_SIZE, 0, 5, 0, Q_a_110_0},
    [Q_d_x_3] = {PANEL, INPUT_SIZE, 0, 1, 0, Q_d_x_5},
    [Q_d_h_2] = {PANEL, HIDDEN_SIZE, 0, 6, 0, Q_a_110_0},
    [Q_d_bias_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_0},
    [Q_d_bias_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_1},
    [Q_d_bias_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_2},
    [Q_d_bias_3] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_3},
};

/* Stage 1 of a time step, panels of inputs. */
static void step_1_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec x = get(Q_x);
            const vec a_x_1 = get(Q_a_x_1_);
            const vec sigmoid_a_x_1 = vsigmoid(a_x_1);
            const vec x_1 = R(2) * sigmoid_a_x_1 * x;
            put(Q_x_1, x_1);
            if (keep) {
                put(Q_sigmoid_a_x_1, sigmoid_a_x_1);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_h_2 = get(Q_a_h_2_);
            const vec sigmoid_a_h_2 = vsigmoid(a_h_2);
            const vec h_2 = R(2) * sigmoid_a_h_2 * h_prev;
            put(Q_h_2, h_2);
            if (keep) {
                put(Q_sigmoid_a_h_2, sigmoid_a_h_2);
            }
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of inputs. */
static void step_3_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec x_1 = get(Q_x_1);
            const vec a_x_3 = get(Q_a_x_3_);
            const vec sigmoid_a_x_3 = vsigmoid(a_x_3);
            const vec x_3 = R(2) * sigmoid_a_x_3 * x_1;
            put(Q_x_3, x_3);
            if (keep) {
                put(Q_sigmoid_a_x_3, sigmoid_a_x_3);
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
            const vec h_2 = get(Q_h_2);
            const vec a_h_4 = get(Q_a_h_4_);
            const vec sigmoid_a_h_4 = vsigmoid(a_h_4);
            const vec h_4 = R(2) * sigmoid_a_h_4 * h_2;
            put(Q_h_4, h_4);
            if (keep) {
                put(Q_sigmoid_a_h_4, sigmoid_a_h_4);
            }
        }
    }
    (void)keep;
}

/* Stage 5 of a time step, panels of inputs. */
static void step_5_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec x_3 = get(Q_x_3);
            const vec a_x_5 = get(Q_a_x_5_);
            const vec sigmoid_a_x_5 = vsigmoid(a_x_5);
            const vec x_5 = R(2) * sigmoid_a_x_5 * x_3;
            put(Q_x_5, x_5);
            if (keep) {
                put(Q_sigmoid_a_x_5, sigmoid_a_x_5);
            }
        }
    }
    (void)keep;
}

/* Stage 5 of a time step, panels of units. */
static void step_5(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_110_0 = get(Q_a_110_0_);
            const vec a_110_1 = get(Q_a_110_1_);
            const vec a_110_2 = get(Q_a_110_2_);
            const vec a_110_3 = get(Q_a_110_3_);
            put(Q_a_110_0, a_110_0);
            put(Q_a_110_1, a_110_1);
            put(Q_a_110_2, a_110_2);
            put(Q_a_110_3, a_110_3);
        }
    }
    (void)keep;
}

/* Stage 6 of a time step, panels of units. */
static void step_6(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_110_0 = get(Q_a_110_0);
            const vec a_110_1 = get(Q_a_110_1);
            const vec a_110_2 = get(Q_a_110_2);
            const vec a_110_3 = get(Q_a_110_3);
            const vec c_prev = get(Q_c_prev);
            const vec a_109_0 = get(Q_a_109_0_);
            const vec a_109_1 = get(Q_a_109_1_);
            const vec a_109_2 = get(Q_a_109_2_);
            const vec a_109_3 = get(Q_a_109_3_);
            const vec a_i = a_109_0 + a_110_0;
            const vec a_f = a_109_1 + a_110_1;
            const vec a_g = a_109_2 + a_110_2;
            const vec a_o = a_109_3 + a_110_3;
            const vec i = vsigmoid(a_i);
            const vec f = vsigmoid(a_f);
            const vec g = vtanh(a_g);
            const vec o = vsigmoid(a_o);
            const vec c = f * c_prev + i * g;
            const vec tanh_c = vtanh(c);
            const vec h = o * tanh_c;
            put(Q_c, c);
            put(Q_h, h);
            if (keep) {
                put(Q_i, i);
                put(Q_f, f);
                put(Q_g, g);
                put(Q_o, o);
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
            const vec c_prev = get(Q_c_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_c = d_c_next + d_h * o * (R(1) - power(tanh_c, 2));
            const vec d_a_o = d_h * tanh_c * o * (R(1) - o);
            const vec d_a_g = d_c * i * (R(1) - power(g, 2));
            const vec d_a_f = f * (R(1) - f) * d_c * c_prev;
            const vec d_a_i = d_c * g * i * (R(1) - i);
            const vec d_c_prev = d_c * f;
            d_bias_0 += d_a_i;
            d_bias_1 += d_a_f;
            d_bias_2 += d_a_g;
            d_bias_3 += d_a_o;
            put(Q_d_a_o, d_a_o);
            put(Q_d_a_g, d_a_g);
            put(Q_d_a_f, d_a_f);
            put(Q_d_a_i, d_a_i);
            put(Q_d_c_prev, d_c_prev);
        }
        add(Q_d_bias_0, d_bias_0);
        add(Q_d_bias_1, d_bias_1);
        add(Q_d_bias_2, d_bias_2);
        add(Q_d_bias_3, d_bias_3);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of inputs. */
static void back_2_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec sigmoid_a_x_5 = get(Q_sigmoid_a_x_5);
            const vec x_3 = get(Q_x_3);
            const vec d_x_5 = get(Q_d_x_5_);
            const vec d_a_x_5 = R(2) * sigmoid_a_x_5 * (R(1) - sigmoid_a_x_5) * d_x_5 * x_3;
            put(Q_d_x_5, d_x_5);
            put(Q_d_a_x_5, d_a_x_5);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_125 = get(Q_a_125_);
            put(Q_a_125, a_125);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_124_ = get(Q_a_124_);
            const vec a_125 = get(Q_a_125);
            const vec sigmoid_a_h_4 = get(Q_sigmoid_a_h_4);
            const vec h_2 = get(Q_h_2);
            const vec d_h_4 = a_124_ + a_125;
            const vec d_a_h_4 = R(2) * sigmoid_a_h_4 * (R(1) - sigmoid_a_h_4) * d_h_4 * h_2;
            put(Q_d_h_4, d_h_4);
            put(Q_d_a_h_4, d_a_h_4);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of inputs. */
static void back_4_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_x_5 = get(Q_d_x_5);
            const vec sigmoid_a_x_5 = get(Q_sigmoid_a_x_5);
            const vec a_126_ = get(Q_a_126_);
            const vec sigmoid_a_x_3 = get(Q_sigmoid_a_x_3);
            const vec x_1 = get(Q_x_1);
            const vec d_x_3 = R(2) * d_x_5 * sigmoid_a_x_5 + a_126_;
            const vec d_a_x_3 = R(2) * sigmoid_a_x_3 * (R(1) - sigmoid_a_x_3) * d_x_3 * x_1;
            put(Q_d_x_3, d_x_3);
            put(Q_d_a_x_3, d_a_x_3);
        }
    }
    (void)keep;
}

/* Stage 5 of a time step backwards, panels of units. */
static void back_5(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h_4 = get(Q_d_h_4);
            const vec sigmoid_a_h_4 = get(Q_sigmoid_a_h_4);
            const vec a_127_ = get(Q_a_127_);
            const vec sigmoid_a_h_2 = get(Q_sigmoid_a_h_2);
            const vec h_prev = get(Q_h_prev);
            const vec d_h_2 = R(2) * d_h_4 * sigmoid_a_h_4 + a_127_;
            const vec d_a_h_2 = R(2) * sigmoid_a_h_2 * (R(1) - sigmoid_a_h_2) * d_h_2 * h_prev;
            put(Q_d_h_2, d_h_2);
            put(Q_d_a_h_2, d_a_h_2);
        }
    }
    (void)keep;
}

/* Stage 6 of a time step backwards, panels of inputs. */
static void back_6_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_x_3 = get(Q_d_x_3);
            const vec sigmoid_a_x_3 = get(Q_sigmoid_a_x_3);
            const vec a_128_ = get(Q_a_128_);
            const vec sigmoid_a_x_1 = get(Q_sigmoid_a_x_1);
            const vec x = get(Q_x);
            const vec d_x_1 = R(2) * d_x_3 * sigmoid_a_x_3 + a_128_;
            const vec d_a_x_1 = R(2) * sigmoid_a_x_1 * (R(1) - sigmoid_a_x_1) * d_x_1 * x;
            const vec d_x = R(2) * d_x_1 * sigmoid_a_x_1;
            put(Q_d_a_x_1, d_a_x_1);
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

/* Stage 7 of a time step backwards, panels of units. */
static void back_7(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h_2 = get(Q_d_h_2);
            const vec sigmoid_a_h_2 = get(Q_sigmoid_a_h_2);
            const vec a_129_ = get(Q_a_129_);
            const vec d_h_prev = R(2) * d_h_2 * sigmoid_a_h_2 + a_129_;
            put(Q_d_h_prev, d_h_prev);
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
    {"weight_hi", INPUT_SIZE, HIDDEN_SIZE, ONE, 3, 0, 0},
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 6, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 4, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, INPUT_SIZE, HIDDEN_SIZE},
    {1, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 1, 1, 0, 0, INPUT_SIZE, HIDDEN_SIZE},
    {1, 1, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 2, 1, 0, 0, INPUT_SIZE, HIDDEN_SIZE},
    {2, 0, 4, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 2, 4, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 2, 4, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
    {2, 0, 4, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 2, 1, 1, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 1, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
    {0, 1, 1, 1, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
    {0, 0, 1, 1, 0, HIDDEN_SIZE, INPUT_SIZE},
};

static const Buffer buffers[] = {
    {INPUT_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 4},
    {HIDDEN_SIZE, 0, 4},
    {INPUT_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 4, 1, (const Summand[]){{3, 0}}},
};

static const Product input_products[] = {
    {0},
};

static const Outer outers[] = {
    {0, 0, 1, 1, INPUT_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_x_1, Q_h_prev}}},
    {0, 1, 1, 1, INPUT_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_x_3, Q_h_2}}},
    {0, 2, 1, 1, INPUT_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_x_5, Q_h_4}}},
    {1, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_h_2, Q_x_1}}},
    {1, 1, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_h_4, Q_x_3}}},
    {1, 2, 4, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_i, Q_x_5}}},
    {2, 0, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_i, Q_h_4}}},
};

static const Total totals[] = {
    {3, 0, 0, HIDDEN_SIZE, 0, 0},
    {3, 1, 1, HIDDEN_SIZE, 0, 0},
    {3, 2, 2, HIDDEN_SIZE, 0, 0},
    {3, 3, 3, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 0, 1, 1, (const Product[]){{0, 0, -1, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_x_1_}, step_1_inputs}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_x_1}}}, (const short[]){Q_a_h_2_}, step_2}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 0, 1, 1, (const Product[]){{2, 2, -1, 0, 1, (const short[]){Q_h_2}}}, (const short[]){Q_a_x_3_}, step_3_inputs}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_x_3}}}, (const short[]){Q_a_h_4_}, step_4}}},
    {0, 2, 0, (const Group[]){{INPUT_SIZE, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_h_4}}}, (const short[]){Q_a_x_5_}, step_5_inputs}, {HIDDEN_SIZE, 0, 1, 1, (const Product[]){{6, 5, -1, 0, 1, (const short[]){Q_h_4}}}, (const short[]){Q_a_110_0_}, step_5}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{5, 6, 0, 0, 1, (const short[]){Q_x_5}}}, (const short[]){Q_a_109_0_}, step_6}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{INPUT_SIZE, 0, 1, 1, (const Product[]){{7, 7, -1, 0, 4, (const short[]){Q_d_a_i, Q_d_a_f, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_d_x_5_}, back_2_inputs}, {HIDDEN_SIZE, 0, 1, 1, (const Product[]){{9, 8, -1, 0, 4, (const short[]){Q_d_a_i, Q_d_a_f, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_a_125_}, back_2}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{8, 9, -1, 0, 1, (const short[]){Q_d_a_x_5}}}, (const short[]){Q_a_124_}, back_3}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 0, 1, 1, (const Product[]){{10, 10, -1, 0, 1, (const short[]){Q_d_a_h_4}}}, (const short[]){Q_a_126_}, back_4_inputs}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{11, 11, -1, 0, 1, (const short[]){Q_d_a_x_3}}}, (const short[]){Q_a_127_}, back_5}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 0, 1, 1, (const Product[]){{12, 12, -1, 0, 1, (const short[]){Q_d_a_h_2}}}, (const short[]){Q_a_128_}, back_6_inputs}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{13, 13, -1, 0, 1, (const short[]){Q_d_a_x_1}}}, (const short[]){Q_a_129_}, back_7}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "mogrifier_lstm",
    .quantities = 68,
    .forward_quantities = 37,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 4,
    .constants = 0,
    .packs = 14,
    .buffers = 14,
    .fixed = 0,
    .biases = 1,
    .early = 0,
    .outers = 7,
    .totals = 4,
    .sums = 4,
    .reads_input = 1,
    .waits = 0,
    .parameter_groups = 0,
    .forward_stages = 6,
    .backward_stages = 7,
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
