/* Of nas.py as it was written, SHA-256 0e623f3cb6deceba7513bedcc17abc8be257463b763c1fbd4004b81e9ca16ee0 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * NAS cell. One time step:
 *
 *     a_1ₜ = W_ia_1 xₜ + W_ha_1 hₜ₋₁ + b_ha_1
 *     a_2ₜ = W_ia_2 xₜ + W_ha_2 hₜ₋₁ + b_ha_2
 *     a_3ₜ = W_ia_3 xₜ + W_ha_3 hₜ₋₁ + b_ha_3
 *     a_4ₜ = (W_ia_4 xₜ) ⊙ (W_ha_4 hₜ₋₁ + b_ha_4)
 *     a_5ₜ = W_ia_5 xₜ + W_ha_5 hₜ₋₁ + b_ha_5
 *     a_6ₜ = W_ia_6 xₜ + W_ha_6 hₜ₋₁ + b_ha_6
 *     a_7ₜ = W_ia_7 xₜ + W_ha_7 hₜ₋₁ + b_ha_7
 *     a_8ₜ = W_ia_8 xₜ + W_ha_8 hₜ₋₁ + b_ha_8
 *     l_1ₜ = tanh(σ(a_1ₜ) ⊙ ReLU(a_2ₜ))
 *     l_2ₜ = tanh(σ(a_3ₜ) + ReLU(a_4ₜ))
 *     l_3ₜ = tanh(tanh(a_5ₜ) ⊙ σ(a_6ₜ))
 *     l_4ₜ = σ(tanh(a_7ₜ) + σ(a_8ₜ))
 *       cₜ = tanh(l_1ₜ + cₜ₋₁) ⊙ l_2ₜ
 *       hₜ = tanh(cₜ ⊙ tanh(l_3ₜ + l_4ₜ))
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_ia_1_,
    Q_a_ia_2_,
    Q_a_ia_3_,
    Q_a_ia_4_,
    Q_a_ia_5_,
    Q_a_ia_6_,
    Q_a_ia_7_,
    Q_a_ia_8_,
    Q_a_ha_1_,
    Q_a_ha_2_,
    Q_a_ha_3_,
    Q_a_ha_4_,
    Q_a_ha_5_,
    Q_a_ha_6_,
    Q_a_ha_7_,
    Q_a_ha_8_,
    Q_x,
    Q_h_prev,
    Q_c_prev,
    Q_h,
    Q_c,
    Q_a_ia_4,
    Q_a_ha_4,
    Q_sigmoid_a_1,
    Q_relu_a_2,
    Q_l_1,
    Q_sigmoid_a_3,
    Q_relu_a_4,
    Q_l_2,
    Q_tanh_a_5,
    Q_sigmoid_a_6,
    Q_l_3,
    Q_tanh_a_7,
    Q_sigmoid_a_8,
    Q_l_4,
    Q_tanh_c,
    Q_tanh_h,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_d_h_prev_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_x,
    Q_d_a_1,
    Q_d_a_2,
    Q_d_a_3,
    Q_d_a_ia_4,
    Q_d_a_5,
    Q_d_a_6,
    Q_d_a_7,
    Q_d_a_8,
    Q_d_a_ha_4,
    Q_d_bias_hh_0,
    Q_d_bias_hh_1,
    Q_d_bias_hh_2,
    Q_d_bias_hh_3,
    Q_d_bias_hh_4,
    Q_d_bias_hh_5,
    Q_d_bias_hh_6,
    Q_d_bias_hh_7
};

static const Quantity quantities[] = {
    [Q_a_ia_1_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_ia_1_},
    [Q_a_ia_2_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_ia_1_},
    [Q_a_ia_3_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_ia_1_},
    [Q_a_ia_4_] = {EARLY, HIDDEN_SIZE, 0, 0, 3, Q_a_ia_1_},
    [Q_a_ia_5_] = {EARLY, HIDDEN_SIZE, 0, 0, 4, Q_a_ia_1_},
    [Q_a_ia_6_] = {EARLY, HIDDEN_SIZE, 0, 0, 5, Q_a_ia_1_},
    [Q_a_ia_7_] = {EARLY, HIDDEN_SIZE, 0, 0, 6, Q_a_ia_1_},
    [Q_a_ia_8_] = {EARLY, HIDDEN_SIZE, 0, 0, 7, Q_a_ia_1_},
    [Q_a_ha_1_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_ha_1_},
    [Q_a_ha_2_] = {LOCAL, HIDDEN_SIZE, 0, 1, 1, Q_a_ha_1_},
    [Q_a_ha_3_] = {LOCAL, HIDDEN_SIZE, 0, 1, 2, Q_a_ha_1_},
    [Q_a_ha_4_] = {LOCAL, HIDDEN_SIZE, 0, 1, 3, Q_a_ha_1_},
    [Q_a_ha_5_] = {LOCAL, HIDDEN_SIZE, 0, 1, 4, Q_a_ha_1_},
    [Q_a_ha_6_] = {LOCAL, HIDDEN_SIZE, 0, 1, 5, Q_a_ha_1_},
    [Q_a_ha_7_] = {LOCAL, HIDDEN_SIZE, 0, 1, 6, Q_a_ha_1_},
    [Q_a_ha_8_] = {LOCAL, HIDDEN_SIZE, 0, 1, 7, Q_a_ha_1_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_a_ia_4] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_a_ia_4},
    [Q_a_ha_4] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_a_ia_4},
    [Q_sigmoid_a_1] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_a_ia_4},
    [Q_relu_a_2] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_a_ia_4},
    [Q_l_1] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_a_ia_4},
    [Q_sigmoid_a_3] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_a_ia_4},
    [Q_relu_a_4] = {PANEL, HIDDEN_SIZE, 1, 6, 0, Q_a_ia_4},
    [Q_l_2] = {PANEL, HIDDEN_SIZE, 1, 7, 0, Q_a_ia_4},
    [Q_tanh_a_5] = {PANEL, HIDDEN_SIZE, 1, 8, 0, Q_a_ia_4},
    [Q_sigmoid_a_6] = {PANEL, HIDDEN_SIZE, 1, 9, 0, Q_a_ia_4},
    [Q_l_3] = {PANEL, HIDDEN_SIZE, 1, 10, 0, Q_a_ia_4},
    [Q_tanh_a_7] = {PANEL, HIDDEN_SIZE, 1, 11, 0, Q_a_ia_4},
    [Q_sigmoid_a_8] = {PANEL, HIDDEN_SIZE, 1, 12, 0, Q_a_ia_4},
    [Q_l_4] = {PANEL, HIDDEN_SIZE, 1, 13, 0, Q_a_ia_4},
    [Q_tanh_c] = {PANEL, HIDDEN_SIZE, 1, 14, 0, Q_a_ia_4},
    [Q_tanh_h] = {PANEL, HIDDEN_SIZE, 1, 15, 0, Q_a_ia_4},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_h_prev_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_d_h_prev_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 3, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_1] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_1},
    [Q_d_a_2] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_2},
    [Q_d_a_3] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_3},
    [Q_d_a_ia_4] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_ia_4},
    [Q_d_a_5] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_d_a_5},
    [Q_d_a_6] = {ROW, HIDDEN_SIZE, 1, 5, 0, Q_d_a_6},
    [Q_d_a_7] = {ROW, HIDDEN_SIZE, 1, 6, 0, Q_d_a_7},
    [Q_d_a_8] = {ROW, HIDDEN_SIZE, 1, 7, 0, Q_d_a_8},
    [Q_d_a_ha_4] = {ROW, HIDDEN_SIZE, 1, 8, 0, Q_d_a_ha_4},
    [Q_d_bias_hh_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_hh_0},
    [Q_d_bias_hh_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_hh_1},
    [Q_d_bias_hh_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_hh_2},
    [Q_d_bias_hh_3] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_hh_3},
    [Q_d_bias_hh_4] = {SUM, HIDDEN_SIZE, 0, 4, 0, Q_d_bias_hh_4},
    [Q_d_bias_hh_5] = {SUM, HIDDEN_SIZE, 0, 5, 0, Q_d_bias_hh_5},
    [Q_d_bias_hh_6] = {SUM, HIDDEN_SIZE, 0, 6, 0, Q_d_bias_hh_6},
    [Q_d_bias_hh_7] = {SUM, HIDDEN_SIZE, 0, 7, 0, Q_d_bias_hh_7},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec c_prev = get(Q_c_prev);
            const vec a_ia_1 = get(Q_a_ia_1_);
            const vec a_ia_2 = get(Q_a_ia_2_);
            const vec a_ia_3 = get(Q_a_ia_3_);
            const vec a_ia_4 = get(Q_a_ia_4_);
            const vec a_ia_5 = get(Q_a_ia_5_);
            const vec a_ia_6 = get(Q_a_ia_6_);
            const vec a_ia_7 = get(Q_a_ia_7_);
            const vec a_ia_8 = get(Q_a_ia_8_);
            const vec a_ha_1 = get(Q_a_ha_1_);
            const vec a_ha_2 = get(Q_a_ha_2_);
            const vec a_ha_3 = get(Q_a_ha_3_);
            const vec a_ha_4 = get(Q_a_ha_4_);
            const vec a_ha_5 = get(Q_a_ha_5_);
            const vec a_ha_6 = get(Q_a_ha_6_);
            const vec a_ha_7 = get(Q_a_ha_7_);
            const vec a_ha_8 = get(Q_a_ha_8_);
            const vec a_1 = a_ia_1 + a_ha_1;
            const vec a_2 = a_ia_2 + a_ha_2;
            const vec a_3 = a_ia_3 + a_ha_3;
            const vec a_4 = a_ia_4 * a_ha_4;
            const vec a_5 = a_ia_5 + a_ha_5;
            const vec a_6 = a_ia_6 + a_ha_6;
            const vec a_7 = a_ia_7 + a_ha_7;
            const vec a_8 = a_ia_8 + a_ha_8;
            const vec sigmoid_a_1 = vsigmoid(a_1);
            const vec relu_a_2 = maximum(a_2, splat(R(0)));
            const vec l_1 = vtanh(sigmoid_a_1 * relu_a_2);
            const vec sigmoid_a_3 = vsigmoid(a_3);
            const vec relu_a_4 = maximum(a_4, splat(R(0)));
            const vec l_2 = vtanh(sigmoid_a_3 + relu_a_4);
            const vec tanh_a_5 = vtanh(a_5);
            const vec sigmoid_a_6 = vsigmoid(a_6);
            const vec l_3 = vtanh(tanh_a_5 * sigmoid_a_6);
            const vec tanh_a_7 = vtanh(a_7);
            const vec sigmoid_a_8 = vsigmoid(a_8);
            const vec l_4 = vsigmoid(tanh_a_7 + sigmoid_a_8);
            const vec tanh_c = vtanh(l_1 + c_prev);
            const vec c = tanh_c * l_2;
            const vec tanh_h = vtanh(l_3 + l_4);
            const vec h = vtanh(c * tanh_h);
            put(Q_c, c);
            put(Q_h, h);
            if (keep) {
                put(Q_a_ia_4, a_ia_4);
                put(Q_a_ha_4, a_ha_4);
                put(Q_sigmoid_a_1, sigmoid_a_1);
                put(Q_relu_a_2, relu_a_2);
                put(Q_l_1, l_1);
                put(Q_sigmoid_a_3, sigmoid_a_3);
                put(Q_relu_a_4, relu_a_4);
                put(Q_l_2, l_2);
                put(Q_tanh_a_5, tanh_a_5);
                put(Q_sigmoid_a_6, sigmoid_a_6);
                put(Q_l_3, l_3);
                put(Q_tanh_a_7, tanh_a_7);
                put(Q_sigmoid_a_8, sigmoid_a_8);
                put(Q_l_4, l_4);
                put(Q_tanh_c, tanh_c);
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
        vec d_bias_hh_0 = splat(0);
        vec d_bias_hh_1 = splat(0);
        vec d_bias_hh_2 = splat(0);
        vec d_bias_hh_3 = splat(0);
        vec d_bias_hh_4 = splat(0);
        vec d_bias_hh_5 = splat(0);
        vec d_bias_hh_6 = splat(0);
        vec d_bias_hh_7 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec h = get(Q_h);
            const vec c = get(Q_c);
            const vec tanh_h = get(Q_tanh_h);
            const vec l_2 = get(Q_l_2);
            const vec tanh_c = get(Q_tanh_c);
            const vec l_4 = get(Q_l_4);
            const vec l_3 = get(Q_l_3);
            const vec l_1 = get(Q_l_1);
            const vec sigmoid_a_8 = get(Q_sigmoid_a_8);
            const vec tanh_a_7 = get(Q_tanh_a_7);
            const vec tanh_a_5 = get(Q_tanh_a_5);
            const vec sigmoid_a_6 = get(Q_sigmoid_a_6);
            const vec relu_a_4 = get(Q_relu_a_4);
            const vec a_ia_4 = get(Q_a_ia_4);
            const vec a_ha_4 = get(Q_a_ha_4);
            const vec sigmoid_a_3 = get(Q_sigmoid_a_3);
            const vec sigmoid_a_1 = get(Q_sigmoid_a_1);
            const vec relu_a_2 = get(Q_relu_a_2);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_a_h = d_h * (R(1) - power(h, 2));
            const vec d_a_tanh_h = d_a_h * c * (R(1) - power(tanh_h, 2));
            const vec d_c = d_c_next + d_a_h * tanh_h;
            const vec d_a_tanh_c = d_c * l_2 * (R(1) - power(tanh_c, 2));
            const vec d_a_l_4 = d_a_tanh_h * l_4 * (R(1) - l_4);
            const vec d_a_l_3 = d_a_tanh_h * (R(1) - power(l_3, 2));
            const vec d_a_l_2 = d_c * tanh_c * (R(1) - power(l_2, 2));
            const vec d_a_l_1 = d_a_tanh_c * (R(1) - power(l_1, 2));
            const vec d_a_8 = d_a_l_4 * sigmoid_a_8 * (R(1) - sigmoid_a_8);
            const vec d_a_7 = d_a_l_4 * (R(1) - power(tanh_a_7, 2));
            const vec d_a_6 = d_a_l_3 * tanh_a_5 * sigmoid_a_6 * (R(1) - sigmoid_a_6);
            const vec d_a_5 = d_a_l_3 * sigmoid_a_6 * (R(1) - power(tanh_a_5, 2));
            const vec d_a_4 = where(relu_a_4 > splat(R(0)), d_a_l_2, splat(R(0)));
            const vec d_a_ha_4 = d_a_4 * a_ia_4;
            const vec d_a_ia_4 = d_a_4 * a_ha_4;
            const vec d_a_3 = d_a_l_2 * sigmoid_a_3 * (R(1) - sigmoid_a_3);
            const vec d_a_2 = where(relu_a_2 > splat(R(0)), d_a_l_1 * sigmoid_a_1, splat(R(0)));
            const vec d_a_1 = sigmoid_a_1 * (R(1) - sigmoid_a_1) * d_a_l_1 * relu_a_2;
            const vec d_c_prev = d_a_tanh_c;
            d_bias_hh_0 += d_a_1;
            d_bias_hh_1 += d_a_2;
            d_bias_hh_2 += d_a_3;
            d_bias_hh_3 += d_a_ha_4;
            d_bias_hh_4 += d_a_5;
            d_bias_hh_5 += d_a_6;
            d_bias_hh_6 += d_a_7;
            d_bias_hh_7 += d_a_8;
            put(Q_d_a_8, d_a_8);
            put(Q_d_a_7, d_a_7);
            put(Q_d_a_6, d_a_6);
            put(Q_d_a_5, d_a_5);
            put(Q_d_a_ha_4, d_a_ha_4);
            put(Q_d_a_ia_4, d_a_ia_4);
            put(Q_d_a_3, d_a_3);
            put(Q_d_a_2, d_a_2);
            put(Q_d_a_1, d_a_1);
            put(Q_d_c_prev, d_c_prev);
        }
        add(Q_d_bias_hh_0, d_bias_hh_0);
        add(Q_d_bias_hh_1, d_bias_hh_1);
        add(Q_d_bias_hh_2, d_bias_hh_2);
        add(Q_d_bias_hh_3, d_bias_hh_3);
        add(Q_d_bias_hh_4, d_bias_hh_4);
        add(Q_d_bias_hh_5, d_bias_hh_5);
        add(Q_d_bias_hh_6, d_bias_hh_6);
        add(Q_d_bias_hh_7, d_bias_hh_7);
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
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 8, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 8, 0, 0},
    {"bias_hh", HIDDEN_SIZE, ONE, ONE, 8, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 8, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 8, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 8, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 8, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 8},
    {HIDDEN_SIZE, 0, 8},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 8, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 8, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_1, Q_x}}},
    {1, 0, 3, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_1, Q_h_prev}}},
    {1, 3, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_ha_4, Q_h_prev}}},
    {1, 4, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_5, Q_h_prev}}},
};

static const Total totals[] = {
    {2, 0, 0, HIDDEN_SIZE, 0, 0},
    {2, 1, 1, HIDDEN_SIZE, 0, 0},
    {2, 2, 2, HIDDEN_SIZE, 0, 0},
    {2, 3, 3, HIDDEN_SIZE, 0, 0},
    {2, 4, 4, HIDDEN_SIZE, 0, 0},
    {2, 5, 5, HIDDEN_SIZE, 0, 0},
    {2, 6, 6, HIDDEN_SIZE, 0, 0},
    {2, 7, 7, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{1, 1, 0, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_ia_1_, Q_a_ha_1_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 2, -1, 0, 8, (const short[]){Q_d_a_1, Q_d_a_2, Q_d_a_3, Q_d_a_ha_4, Q_d_a_5, Q_d_a_6, Q_d_a_7, Q_d_a_8}}}, (const short[]){Q_d_h_prev_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{3, 3, -1, 0, 8, (const short[]){Q_d_a_1, Q_d_a_2, Q_d_a_3, Q_d_a_ia_4, Q_d_a_5, Q_d_a_6, Q_d_a_7, Q_d_a_8}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "nas",
    .quantities = 62,
    .forward_quantities = 37,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 3,
    .constants = 0,
    .packs = 4,
    .buffers = 4,
    .fixed = 0,
    .biases = 1,
    .early = 1,
    .outers = 4,
    .totals = 8,
    .sums = 8,
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
