/* Of retention.py as it was written, SHA-256 a5b579cb14df55659b96aca5b974225dc2237433cc45f658d2b44e8d5efb4762 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Retention. One time step:
 *
 *     qₜ = W_iq xₜ
 *     kₜ = W_ik xₜ
 *     vₜ = W_iv xₜ
 *     Sₜ = γ Sₜ₋₁ + vₜ kₜᵀ
 *     hₜ = Sₜ qₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_q_,
    Q_k_,
    Q_v_,
    Q_x,
    Q_S_prev,
    Q_h,
    Q_S,
    Q_q,
    Q_k,
    Q_v,
    Q_outer_S,
    Q_gamma,
    Q_d_h_later,
    Q_d_y,
    Q_d_S_later,
    Q_a_35_,
    Q_d_h_prev,
    Q_d_S_prev,
    Q_d_x,
    Q_d_q,
    Q_d_k,
    Q_d_v,
    Q_d_h,
    Q_d_S_next,
    Q_a_24,
    Q_d_S
};

enum { SIZE_key = NAMED, SIZE_hidden_size_key };

static const Quantity quantities[] = {
    [Q_q_] = {EARLY, SIZE_key, 0, 0, 0, Q_q_},
    [Q_k_] = {EARLY, SIZE_key, 0, 0, 1, Q_q_},
    [Q_v_] = {EARLY, HIDDEN_SIZE, 0, 1, 0, Q_v_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_S_prev] = {BEFORE, SIZE_hidden_size_key, 0, 1, 0, Q_S_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_S] = {AFTER, SIZE_hidden_size_key, 0, 1, 0, Q_S},
    [Q_q] = {ROW, SIZE_key, 1, 2, 0, Q_q},
    [Q_k] = {ROW, SIZE_key, 1, 3, 0, Q_k},
    [Q_v] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_v},
    [Q_outer_S] = {ROW, SIZE_hidden_size_key, 0, 0, 0, Q_outer_S},
    [Q_gamma] = {FIXED, ONE, 0, 0, 0, Q_gamma},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_S_later] = {LATER, SIZE_hidden_size_key, 0, 1, 0, Q_d_S_later},
    [Q_a_35_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_a_35_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_S_prev] = {EARLIER, SIZE_hidden_size_key, 0, 1, 0, Q_d_S_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_q] = {ROW, SIZE_key, 1, 0, 0, Q_d_q},
    [Q_d_k] = {ROW, SIZE_key, 1, 1, 0, Q_d_k},
    [Q_d_v] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_v},
    [Q_d_h] = {ROW, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_S_next] = {PANEL, SIZE_hidden_size_key, 0, 0, 0, Q_d_S_next},
    [Q_a_24] = {ROW, SIZE_hidden_size_key, 0, 1, 0, Q_a_24},
    [Q_d_S] = {ROW, SIZE_hidden_size_key, 0, 2, 0, Q_d_S},
};

/* Stage 1 of a time step, panels of key. */
static void step_1_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec q = get(Q_q_);
            const vec k = get(Q_k_);
            put(Q_q, q);
            put(Q_k, k);
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
            const vec gamma = fixed(Q_gamma);
            const vec S_prev = get(Q_S_prev);
            const vec outer_S = get(Q_outer_S);
            const vec S = gamma * S_prev + outer_S;
            put(Q_S, S);
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

/* Stage 2 of a time step backwards, panels of hidden_size by key. */
static void back_2_hidden_size_key(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec gamma = fixed(Q_gamma);
        for (long row = 0; row < rows; row++) {
            const vec d_S_next = get(Q_d_S_next);
            const vec a_24 = get(Q_a_24);
            const vec d_S = d_S_next + a_24;
            const vec d_S_prev = d_S * gamma;
            put(Q_d_S, d_S);
            put(Q_d_S_prev, d_S_prev);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of inputs. */
static void back_4_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_x = get(Q_a_35_);
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1},
    {SIZE_hidden_size_key, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_i_key", SIZE_key, INPUT_SIZE, ONE, 2, 0, 0},
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    "gamma",
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, SIZE_key, INPUT_SIZE},
    {1, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 0, 2, 1, 0, INPUT_SIZE, SIZE_key},
    {1, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
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
    {0},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
    {1, 1, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, SIZE_key, INPUT_SIZE, (const Factors[]){{Q_d_q, Q_x}}},
    {1, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_v, Q_x}}},
};

static const Total totals[] = {
    {0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 2, 0, (const Group[]){{SIZE_key, 0, 0, 1, 0, (const short[]){Q_q_}, step_1_key}, {HIDDEN_SIZE, 0, 0, 1, 0, (const short[]){Q_v_}, step_1}}},
    {1, 1, (const Reduction[]){{CONTRACTION, Q_outer_S, 2, (const short[]){Q_v, Q_k}, 2, (const Loop[]){{HIDDEN_SIZE, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_hidden_size_key, 0, 0, 0, 0, 0, step_2_hidden_size_key}}},
    {1, 0, (const Reduction[]){{CONTRACTION, Q_h, 2, (const short[]){Q_S, Q_q}, 2, (const Loop[]){{HIDDEN_SIZE, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}}, 0},
};

static const Stage backward[] = {
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_hidden_size_key, 0, 0, 0, 0, 0, back_1_hidden_size_key}}},
    {2, 1, (const Reduction[]){{CONTRACTION, Q_a_24, 2, (const short[]){Q_d_h, Q_q}, 2, (const Loop[]){{HIDDEN_SIZE, {2, 1, 0}}, {SIZE_key, {1, 0, 1}}}}, {CONTRACTION, Q_d_q, 2, (const short[]){Q_d_h, Q_S}, 2, (const Loop[]){{HIDDEN_SIZE, {0, 1, 2}}, {SIZE_key, {1, 0, 1}}}}}, (const Group[]){{SIZE_hidden_size_key, 0, 0, 0, 0, 0, back_2_hidden_size_key}}},
    {2, 0, (const Reduction[]){{CONTRACTION, Q_d_v, 2, (const short[]){Q_d_S, Q_k}, 2, (const Loop[]){{HIDDEN_SIZE, {1, 2, 0}}, {SIZE_key, {0, 1, 1}}}}, {CONTRACTION, Q_d_k, 2, (const short[]){Q_d_S, Q_v}, 2, (const Loop[]){{HIDDEN_SIZE, {0, 2, 1}}, {SIZE_key, {1, 1, 0}}}}}, 0},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 2, 1, (const Product[]){{2, 2, -1, 0, 2, (const short[]){Q_d_q, Q_d_k}}, {2, 3, -1, 1, 1, (const short[]){Q_d_v}}}, (const short[]){Q_a_35_}, back_4_inputs}}},
};

static const char *const sizes[] = {
    "key",
    "hidden_size*key",
};

const Cell derive_cell = {
    .name = "retention",
    .quantities = 26,
    .forward_quantities = 12,
    .states = 2,
    .inputs = 1,
    .axes = 6,
    .tensors = 2,
    .constants = 1,
    .packs = 4,
    .buffers = 3,
    .fixed = 1,
    .biases = 0,
    .early = 2,
    .outers = 2,
    .totals = 0,
    .sums = 0,
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
