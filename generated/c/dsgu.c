/* Of dsgu.py as it was written, SHA-256 37bf27b86c46cc0e466d99408682848b09a36be83218d6ebb8cf0c52811592e6 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Deep simple gated unit. One time step:
 *
 *      gₜ = (W_ig xₜ + b_ig) ⊙ hₜ₋₁
 *      nₜ = tanh(W_gn gₜ)
 *     nhₜ = nₜ ⊙ hₜ₋₁
 *      h̃ₜ = σ(W_hh_tilde nhₜ)
 *      zₜ = hardσ(W_iz xₜ + W_hz hₜ₋₁ + b_z)
 *      hₜ = (1 − zₜ) ⊙ hₜ₋₁ + zₜ ⊙ h̃ₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_g_,
    Q_a_x_,
    Q_a_n_,
    Q_a_h_tilde_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_a_g,
    Q_g,
    Q_a_z,
    Q_z,
    Q_n,
    Q_nh,
    Q_h_tilde,
    Q_d_h_later,
    Q_d_y,
    Q_d_nh_,
    Q_d_g_,
    Q_a_47_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_g,
    Q_d_a_z,
    Q_d_a_n,
    Q_d_a_h_tilde,
    Q_d_h,
    Q_d_nh,
    Q_a_47,
    Q_d_bias,
    Q_d_bias_ih
};

static const Quantity quantities[] = {
    [Q_a_g_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_g_},
    [Q_a_x_] = {EARLY, HIDDEN_SIZE, 0, 1, 0, Q_a_x_},
    [Q_a_n_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_n_},
    [Q_a_h_tilde_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_a_h_tilde_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_a_g] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_a_g},
    [Q_g] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_g},
    [Q_a_z] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_a_g},
    [Q_z] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_a_g},
    [Q_n] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_a_g},
    [Q_nh] = {ROW, HIDDEN_SIZE, 1, 5, 0, Q_nh},
    [Q_h_tilde] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_a_g},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_nh_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_d_nh_},
    [Q_d_g_] = {LOCAL, HIDDEN_SIZE, 0, 5, 0, Q_d_g_},
    [Q_a_47_] = {LOCAL, HIDDEN_SIZE, 0, 6, 0, Q_a_47_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 7, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_g] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_g},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_z},
    [Q_d_a_n] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_n},
    [Q_d_a_h_tilde] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_h_tilde},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_nh] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_d_h},
    [Q_a_47] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_d_h},
    [Q_d_bias] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias},
    [Q_d_bias_ih] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_g = get(Q_a_g_);
            const vec g = a_g * h_prev;
            const vec a_z = get(Q_a_x_);
            const vec z = maximum(minimum(R(0.5) + R(0.16666666666666666) * a_z, splat(R(1))), splat(R(0)));
            put(Q_g, g);
            put(Q_z, z);
            if (keep) {
                put(Q_a_g, a_g);
                put(Q_a_z, a_z);
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
            const vec a_n = get(Q_a_n_);
            const vec n = vtanh(a_n);
            const vec nh = n * h_prev;
            put(Q_nh, nh);
            if (keep) {
                put(Q_n, n);
            }
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of units. */
static void step_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec z = get(Q_z);
            const vec h_prev = get(Q_h_prev);
            const vec a_h_tilde = get(Q_a_h_tilde_);
            const vec h_tilde = vsigmoid(a_h_tilde);
            const vec h = (R(1) - z) * h_prev + z * h_tilde;
            put(Q_h, h);
            if (keep) {
                put(Q_h_tilde, h_tilde);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec h_tilde = get(Q_h_tilde);
            const vec h_prev = get(Q_h_prev);
            const vec a_z = get(Q_a_z);
            const vec z = get(Q_z);
            const vec d_h = d_h_later + d_y;
            const vec d_a_z = where(both(a_z < splat(R(3)), a_z > splat(R(-3))), R(0.16666666666666666) * d_h * (h_tilde - h_prev), splat(R(0)));
            const vec d_a_h_tilde = d_h * z * h_tilde * (R(1) - h_tilde);
            d_bias += d_a_z;
            put(Q_d_h, d_h);
            put(Q_d_a_z, d_a_z);
            put(Q_d_a_h_tilde, d_a_h_tilde);
        }
        add(Q_d_bias, d_bias);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec n = get(Q_n);
            const vec h_prev = get(Q_h_prev);
            const vec d_nh = get(Q_d_nh_);
            const vec d_a_n = (R(1) - power(n, 2)) * d_nh * h_prev;
            const vec a_47 = get(Q_a_47_);
            put(Q_d_nh, d_nh);
            put(Q_d_a_n, d_a_n);
            put(Q_a_47, a_47);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_ih = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_g = get(Q_a_g);
            const vec d_nh = get(Q_d_nh);
            const vec n = get(Q_n);
            const vec d_h = get(Q_d_h);
            const vec z = get(Q_z);
            const vec a_47 = get(Q_a_47);
            const vec d_g = get(Q_d_g_);
            const vec d_a_g = d_g * h_prev;
            const vec d_h_prev = d_g * a_g + d_nh * n + d_h * (R(1) - z) + a_47;
            d_bias_ih += d_a_g;
            put(Q_d_a_g, d_a_g);
            put(Q_d_h_prev, d_h_prev);
        }
        add(Q_d_bias_ih, d_bias_ih);
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of inputs. */
static void back_4_inputs(const At *restrict at, long first, long end, long rows, int keep)
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
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 2, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"weight_gh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 2, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 1, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {3, 1, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 1, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 2, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{1, 0}}},
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{4, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
    {1, 1, 1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_g, Q_x}}},
    {2, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_n, Q_g}}},
    {3, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_h_tilde, Q_nh}}},
    {3, 1, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_z, Q_h_prev}}},
};

static const Total totals[] = {
    {1, 0, 1, HIDDEN_SIZE, 0, 0},
    {4, 0, 0, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{1, 2, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_g_, Q_a_x_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 3, -1, 0, 1, (const short[]){Q_g}}}, (const short[]){Q_a_n_}, step_2}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 4, -1, 0, 1, (const short[]){Q_nh}}}, (const short[]){Q_a_h_tilde_}, step_3}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 2, (const Product[]){{4, 5, -1, 0, 1, (const short[]){Q_d_a_h_tilde}}, {6, 6, -1, 0, 1, (const short[]){Q_d_a_z}}}, (const short[]){Q_d_nh_, Q_a_47_}, back_2}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{5, 7, -1, 0, 1, (const short[]){Q_d_a_n}}}, (const short[]){Q_d_g_}, back_3}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{7, 8, -1, 0, 2, (const short[]){Q_d_a_g, Q_d_a_z}}}, (const short[]){Q_d_x_}, back_4_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "dsgu",
    .quantities = 31,
    .forward_quantities = 14,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 5,
    .constants = 0,
    .packs = 9,
    .buffers = 8,
    .fixed = 0,
    .biases = 2,
    .early = 2,
    .outers = 4,
    .totals = 2,
    .sums = 2,
    .reads_input = 0,
    .waits = 0,
    .parameter_groups = 0,
    .forward_stages = 3,
    .backward_stages = 4,
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
