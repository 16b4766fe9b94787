/* Of linear_attention.py as it was written, SHA-256 77292ff14756f680617d4110246f02cf7d222e6b0de158fc57331a7954609d02 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Linear attention. One time step:
 *
 *     qₜ = ELU(W_iq xₜ + b_iq) + 1
 *     kₜ = ELU(W_ik xₜ + b_ik) + 1
 *     vₜ = W_iv xₜ + b_iv
 *     Sₜ = Sₜ₋₁ + vₜ kₜᵀ
 *     zₜ = zₜ₋₁ + kₜ
 *     hₜ = Sₜ qₜ/(zₜᵀ qₜ + ε)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_q_,
    Q_a_k_,
    Q_v_,
    Q_x,
    Q_S_prev,
    Q_z_prev,
    Q_h,
    Q_S,
    Q_z,
    Q_a_q,
    Q_a_k,
    Q_elu_a_q,
    Q_q,
    Q_elu_a_k,
    Q_k,
    Q_v,
    Q_outer_S,
    Q_dot_h,
    Q_read_S_q,
    Q_epsilon,
    Q_d_h_later,
    Q_d_y,
    Q_d_S_later,
    Q_d_z_later,
    Q_a_65_,
    Q_d_h_prev,
    Q_d_S_prev,
    Q_d_z_prev,
    Q_d_x,
    Q_d_a_q,
    Q_d_a_k,
    Q_d_v,
    Q_a_42,
    Q_d_read_S_q,
    Q_d_S_next,
    Q_d_z_next,
    Q_d_dot_h,
    Q_a_46,
    Q_a_50,
    Q_d_S,
    Q_a_45,
    Q_a_48,
    Q_a_51,
    Q_d_bias_i_key_0,
    Q_d_bias_i_key_1,
    Q_d_bias_ih
};

enum { SIZE_key = NAMED, SIZE_hidden_size_key };

static const Quantity quantities[] = {
    [Q_a_q_] = {EARLY, SIZE_key, 0, 0, 0, Q_a_q_},
    [Q_a_k_] = {EARLY, SIZE_key, 0, 0, 1, Q_a_q_},
    [Q_v_] = {EARLY, HIDDEN_SIZE, 0, 1, 0, Q_v_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_S_prev] = {BEFORE, SIZE_hidden_size_key, 0, 1, 0, Q_S_prev},
    [Q_z_prev] = {BEFORE, SIZE_key, 0, 2, 0, Q_z_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_S] = {AFTER, SIZE_hidden_size_key, 0, 1, 0, Q_S},
    [Q_z] = {AFTER, SIZE_key, 0, 2, 0, Q_z},
    [Q_a_q] = {PANEL, SIZE_key, 1, 0, 0, Q_a_q},
    [Q_a_k] = {PANEL, SIZE_key, 1, 1, 0, Q_a_q},
    [Q_elu_a_q] = {PANEL, SIZE_key, 1, 2, 0, Q_a_q},
    [Q_q] = {ROW, SIZE_key, 1, 2, 0, Q_q},
    [Q_elu_a_k] = {PANEL, SIZE_key, 1, 3, 0, Q_a_q},
    [Q_k] = {ROW, SIZE_key, 1, 3, 0, Q_k},
    [Q_v] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_v},
    [Q_outer_S] = {ROW, SIZE_hidden_size_key, 0, 0, 0, Q_outer_S},
    [Q_dot_h] = {ROW, ONE, 1, 0, 0, Q_dot_h},
    [Q_read_S_q] = {ROW, HIDDEN_SIZE, 0, 0, 0, Q_read_S_q},
    [Q_epsilon] = {FIXED, ONE, 0, 0, 0, Q_epsilon},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_S_later] = {LATER, SIZE_hidden_size_key, 0, 1, 0, Q_d_S_later},
    [Q_d_z_later] = {LATER, SIZE_key, 0, 2, 0, Q_d_z_later},
    [Q_a_65_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_a_65_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_S_prev] = {EARLIER, SIZE_hidden_size_key, 0, 1, 0, Q_d_S_prev},
    [Q_d_z_prev] = {EARLIER, SIZE_key, 0, 2, 0, Q_d_z_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_q] = {ROW, SIZE_key, 1, 0, 0, Q_d_a_q},
    [Q_d_a_k] = {ROW, SIZE_key, 1, 1, 0, Q_d_a_k},
    [Q_d_v] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_v},
    [Q_a_42] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_a_42},
    [Q_d_read_S_q] = {ROW, HIDDEN_SIZE, 0, 1, 0, Q_d_read_S_q},
    [Q_d_S_next] = {PANEL, SIZE_hidden_size_key, 0, 0, 0, Q_d_S_next},
    [Q_d_z_next] = {PANEL, SIZE_key, 0, 0, 0, Q_d_z_next},
    [Q_d_dot_h] = {ROW, ONE, 0, 0, 0, Q_d_dot_h},
    [Q_a_46] = {ROW, SIZE_hidden_size_key, 0, 1, 0, Q_a_46},
    [Q_a_50] = {ROW, SIZE_key, 0, 0, 0, Q_a_50},
    [Q_d_S] = {ROW, SIZE_hidden_size_key, 0, 2, 0, Q_d_S},
    [Q_a_45] = {ROW, SIZE_key, 0, 1, 0, Q_a_45},
    [Q_a_48] = {ROW, SIZE_key, 0, 2, 0, Q_a_48},
    [Q_a_51] = {ROW, SIZE_key, 0, 3, 0, Q_a_51},
    [Q_d_bias_i_key_0] = {SUM, SIZE_key, 0, 0, 0, Q_d_bias_i_key_0},
    [Q_d_bias_i_key_1] = {SUM, SIZE_key, 0, 1, 0, Q_d_bias_i_key_1},
    [Q_d_bias_ih] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_ih},
};

/* Stage 1 of a time step, panels of key. */
static void step_1_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec z_prev = get(Q_z_prev);
            const vec a_q = get(Q_a_q_);
            const vec a_k = get(Q_a_k_);
            const vec elu_a_q = R(0.5) * a_q + R(0.5) * magnitude(a_q) + vexpm1(R(0.5) * a_q - R(0.5) * magnitude(a_q));
            const vec q = elu_a_q + R(1);
            const vec elu_a_k = R(0.5) * a_k + R(0.5) * magnitude(a_k) + vexpm1(R(0.5) * a_k - R(0.5) * magnitude(a_k));
            const vec k = elu_a_k + R(1);
            const vec z = z_prev + k;
            put(Q_q, q);
            put(Q_k, k);
            put(Q_z, z);
            if (keep) {
                put(Q_a_q, a_q);
                put(Q_a_k, a_k);
                put(Q_elu_a_q, elu_a_q);
                put(Q_elu_a_k, elu_a_k);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec v = get(Q_v_);
            put(Q_v, v);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of hidden_size by key. */
static void step_2_hidden_size_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            fetch(Q_S);
            const vec S_prev = get(Q_S_prev);
            const vec outer_S = get(Q_outer_S);
            const vec S = S_prev + outer_S;
            put(Q_S, S);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of units. */
static void step_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            fetch(Q_h);
            const vec epsilon = fixed(Q_epsilon);
            const vec read_S_q = get(Q_read_S_q);
            const vec dot_h = get(Q_dot_h);
            const vec h = read_S_q / (dot_h + epsilon);
            put(Q_h, h);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec epsilon = fixed(Q_epsilon);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec h = get(Q_h);
            const vec dot_h = get(Q_dot_h);
            const vec d_h = d_h_later + d_y;
            const vec a_42 = -d_h * h / (dot_h + epsilon);
            const vec d_read_S_q = d_h / (dot_h + epsilon);
            const vec d_h_prev = splat(R(0));
            put(Q_a_42, a_42);
            put(Q_d_read_S_q, d_read_S_q);
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of hidden_size by key. */
static void back_1_hidden_size_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_S_next = get(Q_d_S_later);
            put(Q_d_S_next, d_S_next);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of key. */
static void back_1_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_z_next = get(Q_d_z_later);
            put(Q_d_z_next, d_z_next);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of hidden_size by key. */
static void back_2_hidden_size_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_S_next = get(Q_d_S_next);
            const vec a_46 = get(Q_a_46);
            const vec d_S = d_S_next + a_46;
            const vec d_S_prev = d_S;
            put(Q_d_S, d_S);
            put(Q_d_S_prev, d_S_prev);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of key. */
static void back_3_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_i_key_0 = splat(0);
        vec d_bias_i_key_1 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_z_next = get(Q_d_z_next);
            const vec a_45 = get(Q_a_45);
            const vec a_48 = get(Q_a_48);
            const vec a_k = get(Q_a_k);
            const vec elu_a_k = get(Q_elu_a_k);
            const vec a_50 = get(Q_a_50);
            const vec a_51 = get(Q_a_51);
            const vec a_q = get(Q_a_q);
            const vec elu_a_q = get(Q_elu_a_q);
            const vec d_z = d_z_next + a_45;
            const vec d_elu_a_k = d_z + a_48;
            const vec d_a_k = where(a_k > splat(R(0)), d_elu_a_k, d_elu_a_k * (elu_a_k + R(1)));
            const vec d_elu_a_q = a_50 + a_51;
            const vec d_a_q = where(a_q > splat(R(0)), d_elu_a_q, d_elu_a_q * (elu_a_q + R(1)));
            const vec d_z_prev = d_z;
            d_bias_i_key_0 += d_a_q;
            d_bias_i_key_1 += d_a_k;
            put(Q_d_a_k, d_a_k);
            put(Q_d_a_q, d_a_q);
            put(Q_d_z_prev, d_z_prev);
        }
        add(Q_d_bias_i_key_0, d_bias_i_key_0);
        add(Q_d_bias_i_key_1, d_bias_i_key_1);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_ih = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_v = get(Q_d_v);
            d_bias_ih += d_v;
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
            const vec d_x = get(Q_a_65_);
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1},
    {SIZE_hidden_size_key, 1},
    {SIZE_key, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_i_key", SIZE_key, INPUT_SIZE, ONE, 2, 0, 0},
    {"bias_i_key", SIZE_key, ONE, ONE, 2, 0, 0},
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    "epsilon",
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, SIZE_key, INPUT_SIZE},
    {2, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 0, 2, 1, 0, INPUT_SIZE, SIZE_key},
    {2, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {SIZE_key, 1, 2},
    {HIDDEN_SIZE, 1, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_CONSTANT, ONE, 0, 0},
};

static const Bias biases[] = {
    {SIZE_key, 2, 1, (const Summand[]){{1, 0}}},
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{3, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
    {1, 1, 1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, SIZE_key, INPUT_SIZE, (const Factors[]){{Q_d_a_q, Q_x}}},
    {2, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_v, Q_x}}},
};

static const Total totals[] = {
    {1, 0, 0, SIZE_key, 0, 0},
    {1, 1, 1, SIZE_key, 0, 0},
    {3, 0, 2, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 2, 0, (const Group[]){{SIZE_key, 0, 0, 1, 0, (const short[]){Q_a_q_}, step_1_key}, {HIDDEN_SIZE, 0, 0, 1, 0, (const short[]){Q_v_}, step_1}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_outer_S, 2, (const short[]){Q_v, Q_k}, 2, (const Loop[]){{HIDDEN_SIZE, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_dot_h, 2, (const short[]){Q_z, Q_q}, 1, (const Loop[]){{SIZE_key, {0, 1, 1}}}}}, (const Group[]){{SIZE_hidden_size_key, 0, 0, 0, 0, 0, step_2_hidden_size_key}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_read_S_q, 2, (const short[]){Q_S, Q_q}, 2, (const Loop[]){{HIDDEN_SIZE, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, step_3}}},
};

static const Stage backward[] = {
    {0, 3, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_hidden_size_key, 0, 0, 0, 0, 0, back_1_hidden_size_key}, {SIZE_key, 0, 0, 0, 0, 0, back_1_key}}},
    {3, 1, (const Reduction[]){{SUM_OF, Q_d_dot_h, 1, (const short[]){Q_a_42}, 0, 0}, {CONTRACTION, Q_a_46, 2, (const short[]){Q_d_read_S_q, Q_q}, 2, (const Loop[]){{HIDDEN_SIZE, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_a_50, 2, (const short[]){Q_d_read_S_q, Q_S}, 2, (const Loop[]){{HIDDEN_SIZE, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_hidden_size_key, 0, 0, 0, 0, 0, back_2_hidden_size_key}}},
    {4, 2, (const Reduction[]){{CONTRACTION, Q_a_45, 2, (const short[]){Q_d_dot_h, Q_q}, 1, (const Loop[]){{SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_d_v, 2, (const short[]){Q_d_S, Q_k}, 2, (const Loop[]){{HIDDEN_SIZE, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_a_48, 2, (const short[]){Q_d_S, Q_v}, 2, (const Loop[]){{HIDDEN_SIZE, {0, 2, 1}}, {SIZE_key, {1, 1, 0}}}}, {CONTRACTION, Q_a_51, 2, (const short[]){Q_d_dot_h, Q_z}, 1, (const Loop[]){{SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_key, 0, 0, 0, 0, 0, back_3_key}, {HIDDEN_SIZE, 0, 0, 0, 0, 0, back_3}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 2, 1, (const Product[]){{2, 2, -1, 0, 2, (const short[]){Q_d_a_q, Q_d_a_k}}, {2, 3, -1, 1, 1, (const short[]){Q_d_v}}}, (const short[]){Q_a_65_}, back_4_inputs}}},
};

static const char *const sizes[] = {
    "key",
    "hidden_size*key",
};

const Cell derive_cell = {
    .name = "linear_attention",
    .quantities = 46,
    .forward_quantities = 20,
    .states = 3,
    .inputs = 1,
    .axes = 6,
    .tensors = 4,
    .constants = 1,
    .packs = 4,
    .buffers = 3,
    .fixed = 1,
    .biases = 2,
    .early = 2,
    .outers = 2,
    .totals = 3,
    .sums = 3,
    .reads_input = 0,
    .waits = 1,
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
