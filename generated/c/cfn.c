/* Of cfn.py as it was written, SHA-256 fe830d763bb6c5022a2f84fd909de04af6adbfda61f905008692caad1a765229 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Chaos-free network. One time step:
 *
 *     θₜ = σ(W_iθ xₜ + W_hθ hₜ₋₁ + b_θ)
 *     ηₜ = σ(W_iη xₜ + W_hη hₜ₋₁ + b_η)
 *     hₜ = θₜ ⊙ tanh(hₜ₋₁) + ηₜ ⊙ tanh(W_ih xₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_itheta_,
    Q_a_ieta_,
    Q_a_h_,
    Q_a_htheta_,
    Q_a_heta_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_tanh_a_h,
    Q_theta,
    Q_eta,
    Q_tanh_h_prev,
    Q_d_h_later,
    Q_d_y,
    Q_a_49_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_theta,
    Q_d_a_eta,
    Q_d_a_h,
    Q_d_h,
    Q_d_bias_0,
    Q_d_bias_1
};

static const Quantity quantities[] = {
    [Q_a_itheta_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_itheta_},
    [Q_a_ieta_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_itheta_},
    [Q_a_h_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_itheta_},
    [Q_a_htheta_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_htheta_},
    [Q_a_heta_] = {LOCAL, HIDDEN_SIZE, 0, 1, 1, Q_a_htheta_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_tanh_a_h] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_tanh_a_h},
    [Q_theta] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_tanh_a_h},
    [Q_eta] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_tanh_a_h},
    [Q_tanh_h_prev] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_tanh_a_h},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_a_49_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_49_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 3, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_theta] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_theta},
    [Q_d_a_eta] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_eta},
    [Q_d_a_h] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_h},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_bias_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_0},
    [Q_d_bias_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_1},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_itheta = get(Q_a_itheta_);
            const vec a_ieta = get(Q_a_ieta_);
            const vec a_h = get(Q_a_h_);
            const vec tanh_a_h = vtanh(a_h);
            const vec a_htheta = get(Q_a_htheta_);
            const vec a_heta = get(Q_a_heta_);
            const vec theta = vsigmoid(a_itheta + a_htheta);
            const vec eta = vsigmoid(a_ieta + a_heta);
            const vec tanh_h_prev = vtanh(h_prev);
            const vec h = theta * tanh_h_prev + eta * tanh_a_h;
            put(Q_h, h);
            if (keep) {
                put(Q_tanh_a_h, tanh_a_h);
                put(Q_theta, theta);
                put(Q_eta, eta);
                put(Q_tanh_h_prev, tanh_h_prev);
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
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec eta = get(Q_eta);
            const vec tanh_a_h = get(Q_tanh_a_h);
            const vec tanh_h_prev = get(Q_tanh_h_prev);
            const vec theta = get(Q_theta);
            const vec d_h = d_h_later + d_y;
            const vec d_a_h = d_h * eta * (R(1) - power(tanh_a_h, 2));
            const vec d_a_eta = d_h * tanh_a_h * eta * (R(1) - eta);
            const vec d_a_theta = d_h * tanh_h_prev * theta * (R(1) - theta);
            d_bias_0 += d_a_theta;
            d_bias_1 += d_a_eta;
            put(Q_d_h, d_h);
            put(Q_d_a_h, d_a_h);
            put(Q_d_a_eta, d_a_eta);
            put(Q_d_a_theta, d_a_theta);
        }
        add(Q_d_bias_0, d_bias_0);
        add(Q_d_bias_1, d_bias_1);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec theta = get(Q_theta);
            const vec tanh_h_prev = get(Q_tanh_h_prev);
            const vec a_49_ = get(Q_a_49_);
            const vec d_h_prev = d_h * theta * (R(1) - power(tanh_h_prev, 2)) + a_49_;
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
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 3, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 2, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 2, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 3, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 2, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 2, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 3, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 3},
    {HIDDEN_SIZE, 0, 2},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 2, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 3, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_theta, Q_x}}},
    {1, 0, 2, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_theta, Q_h_prev}}},
};

static const Total totals[] = {
    {2, 0, 0, HIDDEN_SIZE, 0, 0},
    {2, 1, 1, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{1, 1, 0, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_itheta_, Q_a_htheta_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 2, -1, 0, 2, (const short[]){Q_d_a_theta, Q_d_a_eta}}}, (const short[]){Q_a_49_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{3, 3, -1, 0, 3, (const short[]){Q_d_a_theta, Q_d_a_eta, Q_d_a_h}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "cfn",
    .quantities = 24,
    .forward_quantities = 12,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 3,
    .constants = 0,
    .packs = 4,
    .buffers = 4,
    .fixed = 0,
    .biases = 1,
    .early = 1,
    .outers = 2,
    .totals = 2,
    .sums = 2,
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
