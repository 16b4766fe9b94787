/* Of lmu.py as it was written, SHA-256 e4db806f29f6f79fbcb3f592624816e3ac3a3da534563eac38bb600072b1181c */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Legendre memory unit. One time step:
 *
 *     uₜ = W_iu xₜ + W_hu hₜ₋₁ + W_mu mₜ₋₁
 *     mₜ = A_bar mₜ₋₁ + B_bar uₜ
 *     hₜ = tanh(W_ih xₜ + W_hh hₜ₋₁ + W_mh mₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_1_,
    Q_a_x2_,
    Q_a_45_1_,
    Q_a_46_1_,
    Q_x,
    Q_h_prev,
    Q_m_prev,
    Q_h,
    Q_m,
    Q_read_A_bar_m,
    Q_a_x_1,
    Q_a_45_1,
    Q_a_46_1,
    Q_a_x,
    Q_a_45,
    Q_a_46,
    Q_u,
    Q_A_bar,
    Q_B_bar,
    Q_d_h_later,
    Q_d_y,
    Q_d_m_later,
    Q_a_54_,
    Q_a_55_,
    Q_a_56_,
    Q_a_57_,
    Q_a_58_,
    Q_a_59_,
    Q_d_h_prev,
    Q_d_m_prev,
    Q_d_x,
    Q_d_u,
    Q_d_a_h,
    Q_d_m_next,
    Q_d_m,
    Q_a_32,
    Q_a_56,
    Q_a_59,
    Q_a_37
};

enum { SIZE_1 = NAMED, SIZE_memory, SIZE_memory_memory };

static const Quantity quantities[] = {
    [Q_a_x_1_] = {EARLY, SIZE_1, 0, 0, 0, Q_a_x_1_},
    [Q_a_x2_] = {EARLY, HIDDEN_SIZE, 0, 1, 0, Q_a_x2_},
    [Q_a_45_1_] = {LOCAL, SIZE_1, 0, 2, 0, Q_a_45_1_},
    [Q_a_46_1_] = {LOCAL, SIZE_1, 0, 3, 0, Q_a_46_1_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_m_prev] = {BEFORE, SIZE_memory, 0, 1, 0, Q_m_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_m] = {AFTER, SIZE_memory, 0, 1, 0, Q_m},
    [Q_read_A_bar_m] = {ROW, SIZE_memory, 0, 0, 0, Q_read_A_bar_m},
    [Q_a_x_1] = {PANEL, SIZE_1, 0, 0, 0, Q_a_x_1},
    [Q_a_45_1] = {PANEL, SIZE_1, 0, 1, 0, Q_a_x_1},
    [Q_a_46_1] = {PANEL, SIZE_1, 0, 2, 0, Q_a_x_1},
    [Q_a_x] = {PANEL, ONE, 0, 0, 0, Q_a_x},
    [Q_a_45] = {PANEL, ONE, 0, 1, 0, Q_a_x},
    [Q_a_46] = {PANEL, ONE, 0, 2, 0, Q_a_x},
    [Q_u] = {PANEL, ONE, 0, 3, 0, Q_a_x},
    [Q_A_bar] = {FIXED, SIZE_memory_memory, 0, 0, 0, Q_A_bar},
    [Q_B_bar] = {FIXED, SIZE_memory, 0, 1, 0, Q_B_bar},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_m_later] = {LATER, SIZE_memory, 0, 1, 0, Q_d_m_later},
    [Q_a_54_] = {LOCAL, SIZE_memory, 0, 4, 0, Q_a_54_},
    [Q_a_55_] = {LOCAL, HIDDEN_SIZE, 0, 5, 0, Q_a_55_},
    [Q_a_56_] = {LOCAL, HIDDEN_SIZE, 0, 6, 0, Q_a_56_},
    [Q_a_57_] = {LOCAL, SIZE_memory, 0, 7, 0, Q_a_57_},
    [Q_a_58_] = {LOCAL, INPUT_SIZE, 0, 8, 0, Q_a_58_},
    [Q_a_59_] = {LOCAL, INPUT_SIZE, 0, 9, 0, Q_a_59_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_m_prev] = {EARLIER, SIZE_memory, 0, 1, 0, Q_d_m_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_u] = {ROW, ONE, 1, 0, 0, Q_d_u},
    [Q_d_a_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_h},
    [Q_d_m_next] = {PANEL, SIZE_memory, 0, 0, 0, Q_d_m_next},
    [Q_d_m] = {ROW, SIZE_memory, 0, 1, 0, Q_d_m},
    [Q_a_32] = {PANEL, SIZE_memory, 0, 1, 0, Q_d_m_next},
    [Q_a_56] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_a_56},
    [Q_a_59] = {PANEL, INPUT_SIZE, 0, 0, 0, Q_a_59},
    [Q_a_37] = {ROW, SIZE_memory, 0, 2, 0, Q_a_37},
};

/* Stage 1 of a time step, panels of 1. */
static void step_1_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_x_1 = get(Q_a_x_1_);
            const vec a_45_1 = get(Q_a_45_1_);
            const vec a_46_1 = get(Q_a_46_1_);
            put(Q_a_x_1, a_x_1);
            put(Q_a_45_1, a_45_1);
            put(Q_a_46_1, a_46_1);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of numbers. */
static void step_2_numbers(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_x = get(Q_a_x);
            const vec a_45 = get(Q_a_45);
            const vec a_46 = get(Q_a_46);
            const vec u = a_x + a_45 + a_46;
            put(Q_u, u);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of memory. */
static void step_2_memory(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec B_bar = fixed(Q_B_bar);
        for (long row = 0; row < rows; row++) {
            const vec read_A_bar_m = get(Q_read_A_bar_m);
            const vec u = get(Q_u);
            const vec m = read_A_bar_m + B_bar * u;
            put(Q_m, m);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of units. */
static void step_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_h = get(Q_a_x2_);
            const vec h = vtanh(a_h);
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
            const vec h = get(Q_h);
            const vec d_h = d_h_later + d_y;
            const vec d_a_h = d_h * (R(1) - power(h, 2));
            put(Q_d_a_h, d_a_h);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of memory. */
static void back_1_memory(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_m_next = get(Q_d_m_later);
            put(Q_d_m_next, d_m_next);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of memory. */
static void back_2_memory(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec B_bar = fixed(Q_B_bar);
        for (long row = 0; row < rows; row++) {
            const vec d_m_next = get(Q_d_m_next);
            const vec a_54_ = get(Q_a_54_);
            const vec d_m = d_m_next + a_54_;
            const vec a_32 = d_m * B_bar;
            put(Q_d_m, d_m);
            put(Q_a_32, a_32);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_56 = get(Q_a_56_);
            put(Q_a_56, a_56);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of inputs. */
static void back_2_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_59 = get(Q_a_59_);
            put(Q_a_59, a_59);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of units. */
static void back_4(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_55_ = get(Q_a_55_);
            const vec a_56 = get(Q_a_56);
            const vec d_h_prev = a_55_ + a_56;
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of memory. */
static void back_4_memory(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_37 = get(Q_a_37);
            const vec a_57_ = get(Q_a_57_);
            const vec d_m_prev = a_37 + a_57_;
            put(Q_d_m_prev, d_m_prev);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of inputs. */
static void back_4_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_58_ = get(Q_a_58_);
            const vec a_59 = get(Q_a_59);
            const vec d_x = a_58_ + a_59;
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1, 1},
    {SIZE_memory, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_i_", ONE, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_h_", ONE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"weight_m_", ONE, SIZE_memory, ONE, 1, 0, 0},
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"weight_mh", HIDDEN_SIZE, SIZE_memory, ONE, 1, 0, 0},
    {"A_bar", SIZE_memory_memory, ONE, ONE, 1, 0, 1},
    {"B_bar", SIZE_memory, ONE, ONE, 1, 0, 1},
};

static const char *const constants[] = {
    "theta",
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, ONE, INPUT_SIZE},
    {3, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 1, 0, 0, ONE, HIDDEN_SIZE},
    {2, 0, 1, 0, 0, ONE, SIZE_memory},
    {4, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {5, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_memory},
    {5, 0, 1, 1, 0, SIZE_memory, HIDDEN_SIZE},
    {4, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
    {1, 0, 1, 1, 0, HIDDEN_SIZE, ONE},
    {2, 0, 1, 1, 0, SIZE_memory, ONE},
    {0, 0, 1, 1, 0, INPUT_SIZE, ONE},
};

static const Buffer buffers[] = {
    {SIZE_1, 1, 1},
    {HIDDEN_SIZE, 1, 1},
    {SIZE_1, 0, 1},
    {SIZE_1, 0, 1},
    {SIZE_memory, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_memory, 0, 1},
    {INPUT_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, SIZE_memory_memory, 6, 0},
    {OF_TENSOR, SIZE_memory, 7, 0},
};

static const Bias biases[] = {
    {0},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
    {1, 1, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, ONE, INPUT_SIZE, (const Factors[]){{Q_d_u, Q_x}}},
    {1, 0, 1, 1, ONE, HIDDEN_SIZE, (const Factors[]){{Q_d_u, Q_h_prev}}},
    {2, 0, 1, 1, ONE, SIZE_memory, (const Factors[]){{Q_d_u, Q_m_prev}}},
    {3, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_h, Q_x}}},
    {4, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_h, Q_h_prev}}},
    {5, 0, 1, 1, HIDDEN_SIZE, SIZE_memory, (const Factors[]){{Q_d_a_h, Q_m}}},
};

static const Total totals[] = {
    {0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {1, 1, (const Reduction[]){{CONTRACTION, Q_read_A_bar_m, 2, (const short[]){Q_A_bar, Q_m_prev}, 2, (const Loop[]){{SIZE_memory, {1, 2, 0}}, {SIZE_memory, {0, 1, 1}}}}}, (const Group[]){{SIZE_1, 0, 2, 3, (const Product[]){{2, 2, -1, 0, 1, (const short[]){Q_h_prev}}, {3, 3, -1, 0, 1, (const short[]){Q_m_prev}}}, (const short[]){Q_a_x_1_, Q_a_45_1_, Q_a_46_1_}, step_1_1}}},
    {3, 2, (const Reduction[]){{SUM_OF, Q_a_x, 1, (const short[]){Q_a_x_1}, 0, 0}, {SUM_OF, Q_a_45, 1, (const short[]){Q_a_45_1}, 0, 0}, {SUM_OF, Q_a_46, 1, (const short[]){Q_a_46_1}, 0, 0}}, (const Group[]){{ONE, 0, 0, 0, 0, 0, step_2_numbers}, {SIZE_memory, 0, 0, 0, 0, 0, step_2_memory}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 1, (const Product[]){{1, 4, -1, 1, 1, (const short[]){Q_h_prev}}, {1, 5, -1, 1, 1, (const short[]){Q_m}}}, (const short[]){Q_a_x2_}, step_3}}},
};

static const Stage backward[] = {
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_memory, 0, 0, 0, 0, 0, back_1_memory}}},
    {0, 3, 0, (const Group[]){{SIZE_memory, 0, 1, 1, (const Product[]){{4, 6, -1, 0, 1, (const short[]){Q_d_a_h}}}, (const short[]){Q_a_54_}, back_2_memory}, {HIDDEN_SIZE, 0, 1, 1, (const Product[]){{6, 7, -1, 0, 1, (const short[]){Q_d_a_h}}}, (const short[]){Q_a_56_}, back_2}, {INPUT_SIZE, 0, 1, 1, (const Product[]){{9, 8, -1, 0, 1, (const short[]){Q_d_a_h}}}, (const short[]){Q_a_59_}, back_2_inputs}}},
    {2, 0, (const Reduction[]){{SUM_OF, Q_d_u, 1, (const short[]){Q_a_32}, 0, 0}, {CONTRACTION, Q_a_37, 2, (const short[]){Q_d_m, Q_A_bar}, 2, (const Loop[]){{SIZE_memory, {0, 1, 2}}, {SIZE_memory, {1, 0, 1}}}}}, 0},
    {0, 3, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{5, 9, -1, 0, 1, (const short[]){Q_d_u}}}, (const short[]){Q_a_55_}, back_4}, {SIZE_memory, 0, 1, 1, (const Product[]){{7, 10, -1, 0, 1, (const short[]){Q_d_u}}}, (const short[]){Q_a_57_}, back_4_memory}, {INPUT_SIZE, 0, 1, 1, (const Product[]){{8, 11, -1, 0, 1, (const short[]){Q_d_u}}}, (const short[]){Q_a_58_}, back_4_inputs}}},
};

static const char *const sizes[] = {
    "1",
    "memory",
    "memory*memory",
};

const Cell derive_cell = {
    .name = "lmu",
    .quantities = 39,
    .forward_quantities = 19,
    .states = 2,
    .inputs = 1,
    .axes = 7,
    .tensors = 8,
    .constants = 1,
    .packs = 12,
    .buffers = 10,
    .fixed = 2,
    .biases = 0,
    .early = 2,
    .outers = 6,
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
