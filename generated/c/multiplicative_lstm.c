/* Of multiplicative_lstm.py as it was written, SHA-256 58e257b9be499ebb2b0f3d55130236ec126572df017b82aff17da6dbbb2546db */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Multiplicative LSTM. One time step:
 *
 *     mₜ = (W_im xₜ) ⊙ (W_hm hₜ₋₁)
 *     iₜ = σ(W_ii xₜ + W_mi mₜ + b_i)
 *     fₜ = σ(W_if xₜ + W_mf mₜ + b_f)
 *     gₜ = tanh(W_ig xₜ + W_mg mₜ + b_g)
 *     oₜ = σ(W_io xₜ + W_mo mₜ + b_o)
 *     cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
 *     hₜ = oₜ ⊙ tanh(cₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_im_,
    Q_a_ii_,
    Q_a_if_,
    Q_a_ig_,
    Q_a_io_,
    Q_a_hm_,
    Q_a_mi_,
    Q_a_mf_,
    Q_a_mg_,
    Q_a_mo_,
    Q_x,
    Q_h_prev,
    Q_c_prev,
    Q_h,
    Q_c,
    Q_a_im,
    Q_a_ii,
    Q_a_if,
    Q_a_ig,
    Q_a_io,
    Q_a_hm,
    Q_m,
    Q_i,
    Q_f,
    Q_g,
    Q_o,
    Q_tanh_c,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_d_m_,
    Q_d_h_prev_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_x,
    Q_d_a_im,
    Q_d_a_i,
    Q_d_a_f,
    Q_d_a_g,
    Q_d_a_o,
    Q_d_a_hm,
    Q_d_bias_0,
    Q_d_bias_1,
    Q_d_bias_2,
    Q_d_bias_3
};

static const Quantity quantities[] = {
    [Q_a_im_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_im_},
    [Q_a_ii_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_im_},
    [Q_a_if_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_im_},
    [Q_a_ig_] = {EARLY, HIDDEN_SIZE, 0, 0, 3, Q_a_im_},
    [Q_a_io_] = {EARLY, HIDDEN_SIZE, 0, 0, 4, Q_a_im_},
    [Q_a_hm_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_hm_},
    [Q_a_mi_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_mi_},
    [Q_a_mf_] = {LOCAL, HIDDEN_SIZE, 0, 2, 1, Q_a_mi_},
    [Q_a_mg_] = {LOCAL, HIDDEN_SIZE, 0, 2, 2, Q_a_mi_},
    [Q_a_mo_] = {LOCAL, HIDDEN_SIZE, 0, 2, 3, Q_a_mi_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_a_im] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_a_im},
    [Q_a_ii] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_a_ii},
    [Q_a_if] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_a_ii},
    [Q_a_ig] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_a_ii},
    [Q_a_io] = {PANEL, HIDDEN_SIZE, 0, 3, 0, Q_a_ii},
    [Q_a_hm] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_a_im},
    [Q_m] = {ROW, HIDDEN_SIZE, 1, 6, 0, Q_m},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_a_im},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_a_im},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_a_im},
    [Q_o] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_a_im},
    [Q_tanh_c] = {PANEL, HIDDEN_SIZE, 1, 6, 0, Q_a_im},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_m_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_d_m_},
    [Q_d_h_prev_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_d_h_prev_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_im] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_im},
    [Q_d_a_i] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_i},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_f},
    [Q_d_a_g] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_g},
    [Q_d_a_o] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_d_a_o},
    [Q_d_a_hm] = {ROW, HIDDEN_SIZE, 1, 5, 0, Q_d_a_hm},
    [Q_d_bias_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_0},
    [Q_d_bias_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_1},
    [Q_d_bias_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_2},
    [Q_d_bias_3] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_3},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_im = get(Q_a_im_);
            const vec a_ii = get(Q_a_ii_);
            const vec a_if = get(Q_a_if_);
            const vec a_ig = get(Q_a_ig_);
            const vec a_io = get(Q_a_io_);
            const vec a_hm = get(Q_a_hm_);
            const vec m = a_im * a_hm;
            put(Q_a_ii, a_ii);
            put(Q_a_if, a_if);
            put(Q_a_ig, a_ig);
            put(Q_a_io, a_io);
            put(Q_m, m);
            if (keep) {
                put(Q_a_im, a_im);
                put(Q_a_hm, a_hm);
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
            const vec a_ii = get(Q_a_ii);
            const vec a_if = get(Q_a_if);
            const vec a_ig = get(Q_a_ig);
            const vec a_io = get(Q_a_io);
            const vec c_prev = get(Q_c_prev);
            const vec a_mi = get(Q_a_mi_);
            const vec a_mf = get(Q_a_mf_);
            const vec a_mg = get(Q_a_mg_);
            const vec a_mo = get(Q_a_mo_);
            const vec i = vsigmoid(a_ii + a_mi);
            const vec f = vsigmoid(a_if + a_mf);
            const vec g = vtanh(a_ig + a_mg);
            const vec o = vsigmoid(a_io + a_mo);
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

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_im = get(Q_a_im);
            const vec a_hm = get(Q_a_hm);
            const vec d_m = get(Q_d_m_);
            const vec d_a_hm = d_m * a_im;
            const vec d_a_im = d_m * a_hm;
            put(Q_d_a_hm, d_a_hm);
            put(Q_d_a_im, d_a_im);
        }
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
    {HIDDEN_SIZE, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 5, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"weight_mh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 4, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 5, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 4, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 4, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 5, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 5},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 4},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 4, 1, (const Summand[]){{3, 0}}},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 5, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_im, Q_x}}},
    {1, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_hm, Q_h_prev}}},
    {2, 0, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_i, Q_m}}},
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
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_im_, Q_a_hm_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 2, 0, 0, 1, (const short[]){Q_m}}}, (const short[]){Q_a_mi_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 4, (const short[]){Q_d_a_i, Q_d_a_f, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_d_m_}, back_2}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_d_a_hm}}}, (const short[]){Q_d_h_prev_}, back_3}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{5, 5, -1, 0, 5, (const short[]){Q_d_a_im, Q_d_a_i, Q_d_a_f, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_d_x_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "multiplicative_lstm",
    .quantities = 46,
    .forward_quantities = 27,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 4,
    .constants = 0,
    .packs = 6,
    .buffers = 6,
    .fixed = 0,
    .biases = 1,
    .early = 1,
    .outers = 3,
    .totals = 4,
    .sums = 4,
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
