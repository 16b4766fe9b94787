/* Of linoss.py as it was written, SHA-256 747d740fdcd4be492cc1a6d06e968de5996536e467693030d1dd91d1e8b14769 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Linear oscillators, implicit and explicit. One time step:
 *
 *         A = ReLU(a)
 *      step = σ(dt)
 *     u_reₜ = W_B_re xₜ
 *     u_imₜ = W_B_im xₜ
 *     z_reₜ = z_reₜ₋₁ + step ⊙ (u_reₜ − A ⊙ y_reₜ₋₁)
 *     z_imₜ = z_imₜ₋₁ + step ⊙ (u_imₜ − A ⊙ y_imₜ₋₁)
 *     y_reₜ = y_reₜ₋₁ + step ⊙ z_reₜ
 *     y_imₜ = y_imₜ₋₁ + step ⊙ z_imₜ
 *        hₜ = W_C_re y_reₜ − W_C_im y_imₜ + W_D xₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_u_re_,
    Q_u_im_,
    Q_a_x_,
    Q_a_C_im_,
    Q_x,
    Q_z_re_prev,
    Q_z_im_prev,
    Q_y_re_prev,
    Q_y_im_prev,
    Q_h,
    Q_z_re,
    Q_z_im,
    Q_y_re,
    Q_y_im,
    Q_u_re,
    Q_u_im,
    Q_a,
    Q_dt,
    Q_A,
    Q_step,
    Q_d_h_later,
    Q_d_y,
    Q_d_z_re_later,
    Q_d_z_im_later,
    Q_d_y_re_later,
    Q_d_y_im_later,
    Q_a_68_,
    Q_a_69_,
    Q_a_70_,
    Q_a_72_,
    Q_d_h_prev,
    Q_d_z_re_prev,
    Q_d_z_im_prev,
    Q_d_y_re_prev,
    Q_d_y_im_prev,
    Q_d_x,
    Q_d_u_re,
    Q_d_u_im,
    Q_d_a_C_re,
    Q_d_a_C_im,
    Q_d_z_re_next,
    Q_d_z_im_next,
    Q_d_y_re_next,
    Q_d_y_im_next,
    Q_dz_re_dy_re_prev,
    Q_a_72,
    Q_d_a,
    Q_d_dt
};

enum { SIZE_state = NAMED };

static const Quantity quantities[] = {
    [Q_u_re_] = {EARLY, SIZE_state, 0, 0, 0, Q_u_re_},
    [Q_u_im_] = {EARLY, SIZE_state, 0, 1, 0, Q_u_im_},
    [Q_a_x_] = {EARLY, HIDDEN_SIZE, 0, 2, 0, Q_a_x_},
    [Q_a_C_im_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_a_C_im_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_z_re_prev] = {BEFORE, SIZE_state, 0, 1, 0, Q_z_re_prev},
    [Q_z_im_prev] = {BEFORE, SIZE_state, 0, 2, 0, Q_z_im_prev},
    [Q_y_re_prev] = {BEFORE, SIZE_state, 0, 3, 0, Q_y_re_prev},
    [Q_y_im_prev] = {BEFORE, SIZE_state, 0, 4, 0, Q_y_im_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_z_re] = {AFTER, SIZE_state, 0, 1, 0, Q_z_re},
    [Q_z_im] = {AFTER, SIZE_state, 0, 2, 0, Q_z_im},
    [Q_y_re] = {AFTER, SIZE_state, 0, 3, 0, Q_y_re},
    [Q_y_im] = {AFTER, SIZE_state, 0, 4, 0, Q_y_im},
    [Q_u_re] = {PANEL, SIZE_state, 1, 0, 0, Q_u_re},
    [Q_u_im] = {PANEL, SIZE_state, 1, 1, 0, Q_u_re},
    [Q_a] = {FIXED, SIZE_state, 0, 0, 0, Q_a},
    [Q_dt] = {FIXED, SIZE_state, 0, 1, 0, Q_dt},
    [Q_A] = {FIXED, SIZE_state, 0, 2, 0, Q_A},
    [Q_step] = {FIXED, SIZE_state, 0, 3, 0, Q_step},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_z_re_later] = {LATER, SIZE_state, 0, 1, 0, Q_d_z_re_later},
    [Q_d_z_im_later] = {LATER, SIZE_state, 0, 2, 0, Q_d_z_im_later},
    [Q_d_y_re_later] = {LATER, SIZE_state, 0, 3, 0, Q_d_y_re_later},
    [Q_d_y_im_later] = {LATER, SIZE_state, 0, 4, 0, Q_d_y_im_later},
    [Q_a_68_] = {LOCAL, SIZE_state, 0, 4, 0, Q_a_68_},
    [Q_a_69_] = {LOCAL, SIZE_state, 0, 5, 0, Q_a_69_},
    [Q_a_70_] = {LOCAL, INPUT_SIZE, 0, 6, 0, Q_a_70_},
    [Q_a_72_] = {LOCAL, INPUT_SIZE, 0, 7, 0, Q_a_72_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_z_re_prev] = {EARLIER, SIZE_state, 0, 1, 0, Q_d_z_re_prev},
    [Q_d_z_im_prev] = {EARLIER, SIZE_state, 0, 2, 0, Q_d_z_im_prev},
    [Q_d_y_re_prev] = {EARLIER, SIZE_state, 0, 3, 0, Q_d_y_re_prev},
    [Q_d_y_im_prev] = {EARLIER, SIZE_state, 0, 4, 0, Q_d_y_im_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_u_re] = {ROW, SIZE_state, 1, 0, 0, Q_d_u_re},
    [Q_d_u_im] = {ROW, SIZE_state, 1, 1, 0, Q_d_u_im},
    [Q_d_a_C_re] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_C_re},
    [Q_d_a_C_im] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_C_im},
    [Q_d_z_re_next] = {PANEL, SIZE_state, 0, 0, 0, Q_d_z_re_next},
    [Q_d_z_im_next] = {PANEL, SIZE_state, 0, 1, 0, Q_d_z_re_next},
    [Q_d_y_re_next] = {PANEL, SIZE_state, 0, 2, 0, Q_d_z_re_next},
    [Q_d_y_im_next] = {PANEL, SIZE_state, 0, 3, 0, Q_d_z_re_next},
    [Q_dz_re_dy_re_prev] = {PANEL, SIZE_state, 0, 4, 0, Q_d_z_re_next},
    [Q_a_72] = {PANEL, INPUT_SIZE, 0, 0, 0, Q_a_72},
    [Q_d_a] = {SUM, SIZE_state, 0, 0, 0, Q_d_a},
    [Q_d_dt] = {SUM, SIZE_state, 0, 1, 0, Q_d_dt},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec a = fixed(Q_a);
        const vec dt = fixed(Q_dt);
        for (long row = 0; row < rows; row++) {
            const vec A = maximum(a, splat(R(0)));
            const vec step = vsigmoid(dt);
            put(Q_A, A);
            put(Q_step, step);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of state. */
static void step_1_state(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec step = fixed(Q_step);
        const vec A = fixed(Q_A);
        for (long row = 0; row < rows; row++) {
            const vec z_re_prev = get(Q_z_re_prev);
            const vec y_re_prev = get(Q_y_re_prev);
            const vec z_im_prev = get(Q_z_im_prev);
            const vec y_im_prev = get(Q_y_im_prev);
            const vec u_re = get(Q_u_re_);
            const vec u_im = get(Q_u_im_);
            const vec z_re = z_re_prev + step * (u_re - A * y_re_prev);
            const vec z_im = z_im_prev + step * (u_im - A * y_im_prev);
            const vec y_re = y_re_prev + step * z_re;
            const vec y_im = y_im_prev + step * z_im;
            put(Q_z_re, z_re);
            put(Q_z_im, z_im);
            put(Q_y_re, y_re);
            put(Q_y_im, y_im);
            if (keep) {
                put(Q_u_re, u_re);
                put(Q_u_im, u_im);
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
            const vec a_C_re = get(Q_a_x_);
            const vec a_C_im = get(Q_a_C_im_);
            const vec h = a_C_re - a_C_im;
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
            const vec d_a_C_im = -d_h;
            const vec d_a_C_re = d_h;
            const vec d_h_prev = splat(R(0));
            put(Q_d_a_C_im, d_a_C_im);
            put(Q_d_a_C_re, d_a_C_re);
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of state. */
static void back_1_state(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec step = fixed(Q_step);
        const vec A = fixed(Q_A);
        for (long row = 0; row < rows; row++) {
            const vec d_z_re_next = get(Q_d_z_re_later);
            const vec d_z_im_next = get(Q_d_z_im_later);
            const vec d_y_re_next = get(Q_d_y_re_later);
            const vec d_y_im_next = get(Q_d_y_im_later);
            const vec dz_re_dy_re_prev = -step * A;
            put(Q_d_z_re_next, d_z_re_next);
            put(Q_d_z_im_next, d_z_im_next);
            put(Q_d_y_re_next, d_y_re_next);
            put(Q_d_y_im_next, d_y_im_next);
            put(Q_dz_re_dy_re_prev, dz_re_dy_re_prev);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of state. */
static void back_2_state(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec step = fixed(Q_step);
        const vec A = fixed(Q_A);
        vec d_a = splat(0);
        vec d_dt = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_y_im_next = get(Q_d_y_im_next);
            const vec a_68_ = get(Q_a_68_);
            const vec d_y_re_next = get(Q_d_y_re_next);
            const vec a_69_ = get(Q_a_69_);
            const vec d_z_im_next = get(Q_d_z_im_next);
            const vec d_z_re_next = get(Q_d_z_re_next);
            const vec u_re = get(Q_u_re);
            const vec y_re_prev = get(Q_y_re_prev);
            const vec u_im = get(Q_u_im);
            const vec y_im_prev = get(Q_y_im_prev);
            const vec z_re = get(Q_z_re);
            const vec z_im = get(Q_z_im);
            const vec dz_re_dy_re_prev = get(Q_dz_re_dy_re_prev);
            const vec d_y_im = d_y_im_next + a_68_;
            const vec d_y_re = d_y_re_next + a_69_;
            const vec d_z_im = d_z_im_next + d_y_im * step;
            const vec d_z_re = d_z_re_next + d_y_re * step;
            const vec d_u_im = d_z_im * step;
            const vec d_u_re = d_z_re * step;
            const vec d_step = d_z_re * (u_re - A * y_re_prev) + d_z_im * (u_im - A * y_im_prev) + d_y_re * z_re + d_y_im * z_im;
            const vec d_A = -d_z_re * step * y_re_prev - d_z_im * step * y_im_prev;
            const vec d_z_re_prev = d_z_re;
            const vec d_z_im_prev = d_z_im;
            const vec d_y_re_prev = d_y_re + d_z_re * dz_re_dy_re_prev;
            const vec d_y_im_prev = d_y_im + d_z_im * dz_re_dy_re_prev;
            d_a += where(A > splat(R(0)), d_A, splat(R(0)));
            d_dt += d_step * step * (R(1) - step);
            put(Q_d_u_im, d_u_im);
            put(Q_d_u_re, d_u_re);
            put(Q_d_z_re_prev, d_z_re_prev);
            put(Q_d_z_im_prev, d_z_im_prev);
            put(Q_d_y_re_prev, d_y_re_prev);
            put(Q_d_y_im_prev, d_y_im_prev);
        }
        add(Q_d_a, d_a);
        add(Q_d_dt, d_dt);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of inputs. */
static void back_2_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_72 = get(Q_a_72_);
            put(Q_a_72, a_72);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of inputs. */
static void back_3_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_70_ = get(Q_a_70_);
            const vec a_72 = get(Q_a_72);
            const vec d_x = a_70_ + a_72;
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1},
    {SIZE_state, 0},
    {SIZE_state, 0},
    {SIZE_state, 1},
    {SIZE_state, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_B_re", SIZE_state, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_B_im", SIZE_state, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_C_re", HIDDEN_SIZE, SIZE_state, ONE, 1, 0, 0},
    {"weight_C_im", HIDDEN_SIZE, SIZE_state, ONE, 1, 0, 0},
    {"weight_D", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"a", SIZE_state, ONE, ONE, 1, 0, 0},
    {"dt", SIZE_state, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, SIZE_state, INPUT_SIZE},
    {1, 0, 1, 0, 0, SIZE_state, INPUT_SIZE},
    {4, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_state},
    {3, 0, 1, 0, 0, HIDDEN_SIZE, SIZE_state},
    {3, 0, 1, 1, 0, SIZE_state, HIDDEN_SIZE},
    {2, 0, 1, 1, 0, SIZE_state, HIDDEN_SIZE},
    {4, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
    {0, 0, 1, 1, 0, INPUT_SIZE, SIZE_state},
    {1, 0, 1, 1, 0, INPUT_SIZE, SIZE_state},
};

static const Buffer buffers[] = {
    {SIZE_state, 1, 1},
    {SIZE_state, 1, 1},
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {SIZE_state, 0, 1},
    {SIZE_state, 0, 1},
    {INPUT_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, SIZE_state, 5, 0},
    {OF_TENSOR, SIZE_state, 6, 0},
    {COMPUTED, SIZE_state, 0, 0},
    {COMPUTED, SIZE_state, 0, 0},
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
    {0, 0, 1, 1, SIZE_state, INPUT_SIZE, (const Factors[]){{Q_d_u_re, Q_x}}},
    {1, 0, 1, 1, SIZE_state, INPUT_SIZE, (const Factors[]){{Q_d_u_im, Q_x}}},
    {2, 0, 1, 1, HIDDEN_SIZE, SIZE_state, (const Factors[]){{Q_d_a_C_re, Q_y_re}}},
    {3, 0, 1, 1, HIDDEN_SIZE, SIZE_state, (const Factors[]){{Q_d_a_C_im, Q_y_im}}},
    {4, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_C_re, Q_x}}},
};

static const Total totals[] = {
    {5, 0, 0, SIZE_state, 0, 0},
    {6, 0, 1, SIZE_state, 0, 0},
};

static const Group parameter_groups[] = {
    {SIZE_state, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{SIZE_state, 0, 0, 2, 0, (const short[]){Q_u_re_, Q_u_im_}, step_1_state}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 2, (const Product[]){{2, 3, -1, 1, 1, (const short[]){Q_y_re}}, {3, 4, -1, 0, 1, (const short[]){Q_y_im}}}, (const short[]){Q_a_x_, Q_a_C_im_}, step_2}}},
};

static const Stage backward[] = {
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {SIZE_state, 0, 0, 0, 0, 0, back_1_state}}},
    {0, 2, 0, (const Group[]){{SIZE_state, 0, 2, 2, (const Product[]){{4, 5, -1, 0, 1, (const short[]){Q_d_a_C_im}}, {5, 6, -1, 0, 1, (const short[]){Q_d_a_C_re}}}, (const short[]){Q_a_68_, Q_a_69_}, back_2_state}, {INPUT_SIZE, 0, 1, 1, (const Product[]){{7, 7, -1, 0, 1, (const short[]){Q_d_a_C_re}}}, (const short[]){Q_a_72_}, back_2_inputs}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 0, 2, 1, (const Product[]){{6, 8, -1, 0, 1, (const short[]){Q_d_u_re}}, {6, 9, -1, 1, 1, (const short[]){Q_d_u_im}}}, (const short[]){Q_a_70_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    "state",
};

const Cell derive_cell = {
    .name = "linoss",
    .quantities = 48,
    .forward_quantities = 20,
    .states = 5,
    .inputs = 1,
    .axes = 5,
    .tensors = 7,
    .constants = 0,
    .packs = 10,
    .buffers = 8,
    .fixed = 4,
    .biases = 0,
    .early = 3,
    .outers = 5,
    .totals = 2,
    .sums = 2,
    .reads_input = 0,
    .waits = 0,
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
