/* Of fast_grnn_low_rank.py as it was written, SHA-256 a58efab50c17f3957cbe627cf5b87104500385bd211bcb083aaa3f13c45c9240 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * FastGRNN of low rank. One time step:
 *
 *     vₜ = W_iv xₜ
 *     uₜ = W_hu hₜ₋₁
 *     aₜ = W_va vₜ + W_ua uₜ
 *     zₜ = σ(aₜ + b_z)
 *     h̃ₜ = tanh(aₜ + b_h)
 *     hₜ = (σ(ζ) (1 − zₜ) + σ(ν)) ⊙ h̃ₜ + zₜ ⊙ hₜ₋₁
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_v_,
    Q_a_v_,
    Q_u_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_v,
    Q_u,
    Q_z,
    Q_h_tilde,
    Q_b_z,
    Q_b_h,
    Q_zeta,
    Q_nu,
    Q_sigmoid_zeta,
    Q_sigmoid_nu,
    Q_d_h_later,
    Q_d_y,
    Q_d_u_,
    Q_d_v_,
    Q_a_51_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_v,
    Q_d_u,
    Q_d_a,
    Q_d_h,
    Q_a_34,
    Q_a_37,
    Q_d_sigmoid_nu,
    Q_d_sigmoid_zeta,
    Q_d_b_z,
    Q_d_b_h,
    Q_d_zeta,
    Q_d_nu
};

enum { SIZE_input_rank = NAMED, SIZE_rank };

static const Quantity quantities[] = {
    [Q_v_] = {EARLY, SIZE_input_rank, 0, 0, 0, Q_v_},
    [Q_a_v_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_v_},
    [Q_u_] = {LOCAL, SIZE_rank, 0, 2, 0, Q_u_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_v] = {ROW, SIZE_input_rank, 1, 1, 0, Q_v},
    [Q_u] = {ROW, SIZE_rank, 1, 1, 0, Q_u},
    [Q_z] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_z},
    [Q_h_tilde] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_z},
    [Q_b_z] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_b_z},
    [Q_b_h] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_b_h},
    [Q_zeta] = {FIXED, ONE, 0, 2, 0, Q_zeta},
    [Q_nu] = {FIXED, ONE, 0, 3, 0, Q_nu},
    [Q_sigmoid_zeta] = {FIXED, ONE, 0, 4, 0, Q_sigmoid_zeta},
    [Q_sigmoid_nu] = {FIXED, ONE, 0, 5, 0, Q_sigmoid_nu},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_u_] = {LOCAL, SIZE_rank, 0, 3, 0, Q_d_u_},
    [Q_d_v_] = {LOCAL, SIZE_input_rank, 0, 4, 0, Q_d_v_},
    [Q_a_51_] = {LOCAL, HIDDEN_SIZE, 0, 5, 0, Q_a_51_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 6, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_v] = {ROW, SIZE_input_rank, 1, 0, 0, Q_d_v},
    [Q_d_u] = {ROW, SIZE_rank, 1, 0, 0, Q_d_u},
    [Q_d_a] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_a_34] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_d_h},
    [Q_a_37] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_d_h},
    [Q_d_sigmoid_nu] = {PANEL, ONE, 0, 0, 0, Q_d_sigmoid_nu},
    [Q_d_sigmoid_zeta] = {PANEL, ONE, 0, 1, 0, Q_d_sigmoid_nu},
    [Q_d_b_z] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_b_z},
    [Q_d_b_h] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_b_h},
    [Q_d_zeta] = {SUM, ONE, 0, 2, 0, Q_d_zeta},
    [Q_d_nu] = {SUM, ONE, 0, 3, 0, Q_d_nu},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec zeta = fixed(Q_zeta);
        const vec nu = fixed(Q_nu);
        for (long row = 0; row < rows; row++) {
            const vec sigmoid_zeta = vsigmoid(zeta);
            const vec sigmoid_nu = vsigmoid(nu);
            put(Q_sigmoid_zeta, sigmoid_zeta);
            put(Q_sigmoid_nu, sigmoid_nu);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of input_rank. */
static void step_1_input_rank(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec v = get(Q_v_);
            put(Q_v, v);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of rank. */
static void step_1_rank(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec u = get(Q_u_);
            put(Q_u, u);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec b_z = fixed(Q_b_z);
        const vec b_h = fixed(Q_b_h);
        const vec sigmoid_zeta = fixed(Q_sigmoid_zeta);
        const vec sigmoid_nu = fixed(Q_sigmoid_nu);
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a = get(Q_a_v_);
            const vec z = vsigmoid(a + b_z);
            const vec h_tilde = vtanh(a + b_h);
            const vec h = (sigmoid_zeta * (R(1) - z) + sigmoid_nu) * h_tilde + z * h_prev;
            put(Q_h, h);
            if (keep) {
                put(Q_z, z);
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
        const vec sigmoid_zeta = fixed(Q_sigmoid_zeta);
        const vec sigmoid_nu = fixed(Q_sigmoid_nu);
        vec d_b_z = splat(0);
        vec d_b_h = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec h_tilde = get(Q_h_tilde);
            const vec z = get(Q_z);
            const vec h_prev = get(Q_h_prev);
            const vec d_h = d_h_later + d_y;
            const vec a_34 = d_h * h_tilde;
            const vec a_37 = d_h * (R(1) - z) * h_tilde;
            const vec d_a_h_tilde = d_h * (sigmoid_zeta * (R(1) - z) + sigmoid_nu) * (R(1) - power(h_tilde, 2));
            const vec d_a_z = z * (R(1) - z) * d_h * (h_prev - sigmoid_zeta * h_tilde);
            const vec d_a = d_a_z + d_a_h_tilde;
            d_b_z += d_a_z;
            d_b_h += d_a_h_tilde;
            put(Q_d_h, d_h);
            put(Q_a_34, a_34);
            put(Q_a_37, a_37);
            put(Q_d_a, d_a);
        }
        add(Q_d_b_z, d_b_z);
        add(Q_d_b_h, d_b_h);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of numbers. */
static void back_2_numbers(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec sigmoid_zeta = fixed(Q_sigmoid_zeta);
        const vec sigmoid_nu = fixed(Q_sigmoid_nu);
        vec d_zeta = splat(0);
        vec d_nu = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_sigmoid_zeta = get(Q_d_sigmoid_zeta);
            const vec d_sigmoid_nu = get(Q_d_sigmoid_nu);
            d_zeta += d_sigmoid_zeta * sigmoid_zeta * (R(1) - sigmoid_zeta);
            d_nu += d_sigmoid_nu * sigmoid_nu * (R(1) - sigmoid_nu);
        }
        add(Q_d_zeta, d_zeta);
        add(Q_d_nu, d_nu);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of rank. */
static void back_2_rank(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_u = get(Q_d_u_);
            put(Q_d_u, d_u);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of input_rank. */
static void back_2_input_rank(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_v = get(Q_d_v_);
            put(Q_d_v, d_v);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec z = get(Q_z);
            const vec a_51_ = get(Q_a_51_);
            const vec d_h_prev = d_h * z + a_51_;
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
    {HIDDEN_SIZE, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_i_input_rank", SIZE_input_rank, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_h_rank", SIZE_rank, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"weight_vh", HIDDEN_SIZE, SIZE_input_rank, ONE, 1, 0, 0},
    {"weight_uh", HIDDEN_SIZE, SIZE_rank, ONE, 1, 0, 0},
    {"b_z", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"b_h", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"zeta", ONE, ONE, ONE, 1, 0, 0},
    {"nu", ONE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, SIZE_input_rank, INPUT_SIZE},
    {1, 0, 1, 0, 0, SIZE_rank, HIDDEN_SIZE},
    {2, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_input_rank},
    {3, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_rank},
    {3, 0, 1, 1, 0, SIZE_rank, HIDDEN_SIZE},
    {2, 0, 1, 1, 0, SIZE_input_rank, HIDDEN_SIZE},
    {1, 0, 1, 1, 0, HIDDEN_SIZE, SIZE_rank},
    {0, 0, 1, 1, 0, INPUT_SIZE, SIZE_input_rank},
};

static const Buffer buffers[] = {
    {SIZE_input_rank, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_rank, 0, 1},
    {SIZE_rank, 0, 1},
    {SIZE_input_rank, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, HIDDEN_SIZE, 4, 0},
    {OF_TENSOR, HIDDEN_SIZE, 5, 0},
    {OF_TENSOR, ONE, 6, 0},
    {OF_TENSOR, ONE, 7, 0},
    {COMPUTED, ONE, 0, 0},
    {COMPUTED, ONE, 0, 0},
};

static const Bias biases[] = {
    {0},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, SIZE_input_rank, INPUT_SIZE, (const Factors[]){{Q_d_v, Q_x}}},
    {1, 0, 1, 1, SIZE_rank, HIDDEN_SIZE, (const Factors[]){{Q_d_u, Q_h_prev}}},
    {2, 0, 1, 1, HIDDEN_SIZE, SIZE_input_rank, (const Factors[]){{Q_d_a, Q_v}}},
    {3, 0, 1, 1, HIDDEN_SIZE, SIZE_rank, (const Factors[]){{Q_d_a, Q_u}}},
};

static const Total totals[] = {
    {4, 0, 0, HIDDEN_SIZE, 0, 0},
    {5, 0, 1, HIDDEN_SIZE, 0, 0},
    {6, 0, 2, ONE, 1, 0},
    {7, 0, 3, ONE, 1, 0},
};

static const Group parameter_groups[] = {
    {ONE, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {0, 2, 0, (const Group[]){{SIZE_input_rank, 0, 0, 1, 0, (const short[]){Q_v_}, step_1_input_rank}, {SIZE_rank, 0, 1, 1, (const Product[]){{2, 1, -1, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_u_}, step_1_rank}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 1, (const Product[]){{1, 2, -1, 0, 1, (const short[]){Q_v}}, {1, 3, -1, 1, 1, (const short[]){Q_u}}}, (const short[]){Q_a_v_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {2, 3, (const Reduction[]){{SUM_OF, Q_d_sigmoid_nu, 1, (const short[]){Q_a_34}, 0, 0}, {SUM_OF, Q_d_sigmoid_zeta, 1, (const short[]){Q_a_37}, 0, 0}}, (const Group[]){{ONE, 0, 0, 0, 0, 0, back_2_numbers}, {SIZE_rank, 0, 1, 1, (const Product[]){{3, 4, -1, 0, 1, (const short[]){Q_d_a}}}, (const short[]){Q_d_u_}, back_2_rank}, {SIZE_input_rank, 0, 1, 1, (const Product[]){{4, 5, -1, 0, 1, (const short[]){Q_d_a}}}, (const short[]){Q_d_v_}, back_2_input_rank}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{5, 6, -1, 0, 1, (const short[]){Q_d_u}}}, (const short[]){Q_a_51_}, back_3}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{6, 7, -1, 0, 1, (const short[]){Q_d_v}}}, (const short[]){Q_d_x_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    "input_rank",
    "rank",
};

const Cell derive_cell = {
    .name = "fast_grnn_low_rank",
    .quantities = 36,
    .forward_quantities = 16,
    .states = 1,
    .inputs = 1,
    .axes = 6,
    .tensors = 8,
    .constants = 0,
    .packs = 8,
    .buffers = 7,
    .fixed = 6,
    .biases = 0,
    .early = 1,
    .outers = 4,
    .totals = 4,
    .sums = 4,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 1,
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
