/* Of cfc.py as it was written, SHA-256 bfac80de67ccdb9443050bbadf2841838693bc317f056bb30399adc4f2333679 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Closed-form continuous-time network. One time step:
 *
 *     zₜ = α tanh(β (W_iz xₜ + W_hz hₜ₋₁ + b_z))
 *     gₜ = tanh(W_zg zₜ + b_zg)
 *     kₜ = tanh(W_zk zₜ + b_zk)
 *     uₜ = W_zu zₜ + b_zu
 *     vₜ = W_zv zₜ + b_zv
 *     sₜ = σ(uₜ t + vₜ)
 *     hₜ = gₜ ⊙ (1 − sₜ) + sₜ ⊙ kₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_,
    Q_a_g_,
    Q_a_k_,
    Q_u_,
    Q_v_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_tanh_z,
    Q_z,
    Q_g,
    Q_k,
    Q_s,
    Q_t,
    Q_alpha,
    Q_beta,
    Q_d_h_later,
    Q_d_y,
    Q_d_z_,
    Q_d_h_prev_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_z,
    Q_d_a_g,
    Q_d_a_k,
    Q_d_u,
    Q_d_v,
    Q_d_bias_zh_0,
    Q_d_bias_zh_1,
    Q_d_bias_zh_2,
    Q_d_bias_zh_3,
    Q_d_bias
};

static const Quantity quantities[] = {
    [Q_a_x_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_},
    [Q_a_g_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_g_},
    [Q_a_k_] = {LOCAL, HIDDEN_SIZE, 0, 1, 1, Q_a_g_},
    [Q_u_] = {LOCAL, HIDDEN_SIZE, 0, 1, 2, Q_a_g_},
    [Q_v_] = {LOCAL, HIDDEN_SIZE, 0, 1, 3, Q_a_g_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_tanh_z] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_tanh_z},
    [Q_z] = {ROW, HIDDEN_SIZE, 1, 5, 0, Q_z},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_tanh_z},
    [Q_k] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_tanh_z},
    [Q_s] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_tanh_z},
    [Q_t] = {FIXED, ONE, 0, 0, 0, Q_t},
    [Q_alpha] = {FIXED, ONE, 0, 1, 0, Q_alpha},
    [Q_beta] = {FIXED, ONE, 0, 2, 0, Q_beta},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_z_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_d_z_},
    [Q_d_h_prev_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_d_h_prev_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 4, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_z},
    [Q_d_a_g] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_g},
    [Q_d_a_k] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_k},
    [Q_d_u] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_u},
    [Q_d_v] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_d_v},
    [Q_d_bias_zh_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_zh_0},
    [Q_d_bias_zh_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_zh_1},
    [Q_d_bias_zh_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_zh_2},
    [Q_d_bias_zh_3] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_zh_3},
    [Q_d_bias] = {SUM, HIDDEN_SIZE, 0, 4, 0, Q_d_bias},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec beta = fixed(Q_beta);
        const vec alpha = fixed(Q_alpha);
        for (long row = 0; row < rows; row++) {
            const vec a_z = get(Q_a_x_);
            const vec tanh_z = vtanh(beta * a_z);
            const vec z = alpha * tanh_z;
            put(Q_z, z);
            if (keep) {
                put(Q_tanh_z, tanh_z);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec t = fixed(Q_t);
        for (long row = 0; row < rows; row++) {
            const vec a_g = get(Q_a_g_);
            const vec a_k = get(Q_a_k_);
            const vec u = get(Q_u_);
            const vec v = get(Q_v_);
            const vec g = vtanh(a_g);
            const vec k = vtanh(a_k);
            const vec s = vsigmoid(u * t + v);
            const vec h = g * (R(1) - s) + s * k;
            put(Q_h, h);
            if (keep) {
                put(Q_g, g);
                put(Q_k, k);
                put(Q_s, s);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec t = fixed(Q_t);
        vec d_bias_zh_0 = splat(0);
        vec d_bias_zh_1 = splat(0);
        vec d_bias_zh_2 = splat(0);
        vec d_bias_zh_3 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec k = get(Q_k);
            const vec g = get(Q_g);
            const vec s = get(Q_s);
            const vec d_h = d_h_later + d_y;
            const vec d_v = d_h * (k - g) * s * (R(1) - s);
            const vec d_u = d_v * t;
            const vec d_a_k = d_h * s * (R(1) - power(k, 2));
            const vec d_a_g = d_h * (R(1) - s) * (R(1) - power(g, 2));
            d_bias_zh_0 += d_a_g;
            d_bias_zh_1 += d_a_k;
            d_bias_zh_2 += d_u;
            d_bias_zh_3 += d_v;
            put(Q_d_v, d_v);
            put(Q_d_u, d_u);
            put(Q_d_a_k, d_a_k);
            put(Q_d_a_g, d_a_g);
        }
        add(Q_d_bias_zh_0, d_bias_zh_0);
        add(Q_d_bias_zh_1, d_bias_zh_1);
        add(Q_d_bias_zh_2, d_bias_zh_2);
        add(Q_d_bias_zh_3, d_bias_zh_3);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec alpha = fixed(Q_alpha);
        const vec beta = fixed(Q_beta);
        vec d_bias = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec tanh_z = get(Q_tanh_z);
            const vec d_z = get(Q_d_z_);
            const vec d_a_z = d_z * alpha * beta * (R(1) - power(tanh_z, 2));
            d_bias += d_a_z;
            put(Q_d_a_z, d_a_z);
        }
        add(Q_d_bias, d_bias);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h_prev = get(Q_d_h_prev_);
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of inputs. */
static void back_3_inputs(const At *restrict at, long first, long end, long rows, int keep)
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
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"weight_zh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 4, 0, 0},
    {"bias_zh", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
};

static const char *const constants[] = {
    "t",
    "alpha",
    "beta",
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 4, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 4, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 4},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_CONSTANT, ONE, 0, 0},
    {OF_CONSTANT, ONE, 1, 0},
    {OF_CONSTANT, ONE, 2, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{2, 0}}},
    {HIDDEN_SIZE, 4, 1, (const Summand[]){{4, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_z, Q_x}}},
    {1, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_z, Q_h_prev}}},
    {3, 0, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_g, Q_z}}},
};

static const Total totals[] = {
    {2, 0, 4, HIDDEN_SIZE, 0, 0},
    {4, 0, 0, HIDDEN_SIZE, 0, 0},
    {4, 1, 1, HIDDEN_SIZE, 0, 0},
    {4, 2, 2, HIDDEN_SIZE, 0, 0},
    {4, 3, 3, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_x_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, 1, 0, 1, (const short[]){Q_z}}}, (const short[]){Q_a_g_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 3, -1, 0, 4, (const short[]){Q_d_a_g, Q_d_a_k, Q_d_u, Q_d_v}}}, (const short[]){Q_d_z_}, back_2}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 4, -1, 0, 1, (const short[]){Q_d_a_z}}}, (const short[]){Q_d_h_prev_}, back_3}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{4, 5, -1, 0, 1, (const short[]){Q_d_a_z}}}, (const short[]){Q_d_x_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "cfc",
    .quantities = 33,
    .forward_quantities = 16,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 5,
    .constants = 3,
    .packs = 6,
    .buffers = 5,
    .fixed = 3,
    .biases = 2,
    .early = 1,
    .outers = 3,
    .totals = 5,
    .sums = 5,
    .reads_input = 0,
    .waits = 0,
    .parameter_groups = 0,
    .forward_stages = 2,
    .backward_stages = 3,
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
