/* Of gru_d.py as it was written, SHA-256 7c0d2565300fb4eb16ea6157c20f296e241d2265a84148661720c6e6165c17a2 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * GRU-D. One time step:
 *
 *     γₜ = exp(−max(0, w ⊙ dtₜ + v))
 *     x̂ₜ = mₜ ⊙ xₜ + (1 − mₜ) ⊙ γₜ ⊙ x_lastₜ
 *     βₜ = exp(−max(0, W_dβ dtₜ + b_dβ))
 *     ĥₜ = βₜ ⊙ hₜ₋₁
 *     rₜ = σ(W_ir x̂ₜ + W_hr ĥₜ + W_mr mₜ + b_r)
 *     zₜ = σ(W_iz x̂ₜ + W_hz ĥₜ + W_mz mₜ + b_z)
 *     h̃ₜ = tanh(W_ih_tilde x̂ₜ + W_hh_tilde (rₜ ⊙ ĥₜ) + W_mh_tilde mₜ + b_h_tilde)
 *     hₜ = (1 − zₜ) ⊙ ĥₜ + zₜ ⊙ h̃ₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_beta_,
    Q_a_ir_,
    Q_a_iz_,
    Q_a_ih_tilde_,
    Q_a_mr_,
    Q_a_mz_,
    Q_a_mh_tilde_,
    Q_a_hr_,
    Q_a_hz_,
    Q_a_hh_tilde_,
    Q_x,
    Q_x_last,
    Q_m,
    Q_dt,
    Q_h_prev,
    Q_h,
    Q_gamma,
    Q_x_hat,
    Q_a_beta,
    Q_beta,
    Q_a_mr,
    Q_a_mz,
    Q_a_mh_tilde,
    Q_h_hat,
    Q_a_ih_tilde,
    Q_r,
    Q_z,
    Q_r_h_hat,
    Q_h_tilde,
    Q_w,
    Q_v,
    Q_d_h_later,
    Q_d_y,
    Q_d_r_h_hat_,
    Q_a_95_,
    Q_d_x_hat_,
    Q_a_98_,
    Q_a_99_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_x_last,
    Q_d_m,
    Q_d_dt,
    Q_d_a_beta,
    Q_d_a_r,
    Q_d_a_z,
    Q_d_a_h_tilde,
    Q_d_h,
    Q_d_r_h_hat,
    Q_d_a_gamma,
    Q_d_bias_1,
    Q_d_bias_2,
    Q_d_bias_0,
    Q_d_bias_dh,
    Q_d_w,
    Q_d_v
};

static const Quantity quantities[] = {
    [Q_a_beta_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_beta_},
    [Q_a_ir_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_ir_},
    [Q_a_iz_] = {LOCAL, HIDDEN_SIZE, 0, 1, 1, Q_a_ir_},
    [Q_a_ih_tilde_] = {LOCAL, HIDDEN_SIZE, 0, 1, 2, Q_a_ir_},
    [Q_a_mr_] = {EARLY, HIDDEN_SIZE, 0, 2, 0, Q_a_mr_},
    [Q_a_mz_] = {EARLY, HIDDEN_SIZE, 0, 2, 1, Q_a_mr_},
    [Q_a_mh_tilde_] = {EARLY, HIDDEN_SIZE, 0, 2, 2, Q_a_mr_},
    [Q_a_hr_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_a_hr_},
    [Q_a_hz_] = {LOCAL, HIDDEN_SIZE, 0, 3, 1, Q_a_hr_},
    [Q_a_hh_tilde_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_a_hh_tilde_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_x_last] = {INPUT, INPUT_SIZE, 0, 1, 0, Q_x_last},
    [Q_m] = {INPUT, INPUT_SIZE, 0, 2, 0, Q_m},
    [Q_dt] = {INPUT, INPUT_SIZE, 0, 3, 0, Q_dt},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_gamma] = {PANEL, INPUT_SIZE, 1, 0, 0, Q_gamma},
    [Q_x_hat] = {ROW, INPUT_SIZE, 1, 0, 0, Q_x_hat},
    [Q_a_beta] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_a_beta},
    [Q_beta] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_a_beta},
    [Q_a_mr] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_a_mr},
    [Q_a_mz] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_a_mr},
    [Q_a_mh_tilde] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_a_mr},
    [Q_h_hat] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_h_hat},
    [Q_a_ih_tilde] = {PANEL, HIDDEN_SIZE, 0, 3, 0, Q_a_mr},
    [Q_r] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_a_beta},
    [Q_z] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_a_beta},
    [Q_r_h_hat] = {ROW, HIDDEN_SIZE, 1, 5, 0, Q_r_h_hat},
    [Q_h_tilde] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_a_beta},
    [Q_w] = {FIXED, INPUT_SIZE, 0, 0, 0, Q_w},
    [Q_v] = {FIXED, INPUT_SIZE, 0, 1, 0, Q_v},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_r_h_hat_] = {LOCAL, HIDDEN_SIZE, 0, 5, 0, Q_d_r_h_hat_},
    [Q_a_95_] = {LOCAL, HIDDEN_SIZE, 0, 6, 0, Q_a_95_},
    [Q_d_x_hat_] = {LOCAL, INPUT_SIZE, 0, 7, 0, Q_d_x_hat_},
    [Q_a_98_] = {LOCAL, INPUT_SIZE, 0, 8, 0, Q_a_98_},
    [Q_a_99_] = {LOCAL, INPUT_SIZE, 0, 9, 0, Q_a_99_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_x_last] = {D_INPUT, INPUT_SIZE, 0, 1, 0, Q_d_x_last},
    [Q_d_m] = {D_INPUT, INPUT_SIZE, 0, 2, 0, Q_d_m},
    [Q_d_dt] = {D_INPUT, INPUT_SIZE, 0, 3, 0, Q_d_dt},
    [Q_d_a_beta] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_beta},
    [Q_d_a_r] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_r},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_z},
    [Q_d_a_h_tilde] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_h_tilde},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 4, 0, Q_a_mr},
    [Q_d_r_h_hat] = {PANEL, HIDDEN_SIZE, 0, 5, 0, Q_a_mr},
    [Q_d_a_gamma] = {PANEL, INPUT_SIZE, 0, 0, 0, Q_d_a_gamma},
    [Q_d_bias_1] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_1},
    [Q_d_bias_2] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_2},
    [Q_d_bias_0] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_0},
    [Q_d_bias_dh] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_dh},
    [Q_d_w] = {SUM, INPUT_SIZE, 0, 4, 0, Q_d_w},
    [Q_d_v] = {SUM, INPUT_SIZE, 0, 5, 0, Q_d_v},
};

/* Stage 1 of a time step, panels of inputs. */
static void step_1_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec w = fixed(Q_w);
        const vec v = fixed(Q_v);
        for (long row = 0; row < rows; row++) {
            const vec dt = get(Q_dt);
            const vec m = get(Q_m);
            const vec x = get(Q_x);
            const vec x_last = get(Q_x_last);
            const vec gamma = vexp(-maximum(splat(R(0)), w * dt + v));
            const vec x_hat = m * x + (R(1) - m) * gamma * x_last;
            put(Q_x_hat, x_hat);
            if (keep) {
                put(Q_gamma, gamma);
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
            const vec h_prev = get(Q_h_prev);
            const vec a_beta = get(Q_a_beta_);
            const vec beta = vexp(-maximum(a_beta, splat(R(0))));
            const vec a_mr = get(Q_a_mr_);
            const vec a_mz = get(Q_a_mz_);
            const vec a_mh_tilde = get(Q_a_mh_tilde_);
            const vec h_hat = beta * h_prev;
            put(Q_a_mr, a_mr);
            put(Q_a_mz, a_mz);
            put(Q_a_mh_tilde, a_mh_tilde);
            put(Q_h_hat, h_hat);
            if (keep) {
                put(Q_a_beta, a_beta);
                put(Q_beta, beta);
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
            const vec a_mr = get(Q_a_mr);
            const vec a_mz = get(Q_a_mz);
            const vec h_hat = get(Q_h_hat);
            const vec a_ir = get(Q_a_ir_);
            const vec a_iz = get(Q_a_iz_);
            const vec a_ih_tilde = get(Q_a_ih_tilde_);
            const vec a_hr = get(Q_a_hr_);
            const vec a_hz = get(Q_a_hz_);
            const vec r = vsigmoid(a_ir + a_hr + a_mr);
            const vec z = vsigmoid(a_iz + a_hz + a_mz);
            const vec r_h_hat = r * h_hat;
            put(Q_a_ih_tilde, a_ih_tilde);
            put(Q_z, z);
            put(Q_r_h_hat, r_h_hat);
            if (keep) {
                put(Q_r, r);
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
            const vec a_ih_tilde = get(Q_a_ih_tilde);
            const vec a_mh_tilde = get(Q_a_mh_tilde);
            const vec z = get(Q_z);
            const vec h_hat = get(Q_h_hat);
            const vec a_hh_tilde = get(Q_a_hh_tilde_);
            const vec h_tilde = vtanh(a_ih_tilde + a_mh_tilde + a_hh_tilde);
            const vec h = (R(1) - z) * h_hat + z * h_tilde;
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
        vec d_bias_1 = splat(0);
        vec d_bias_2 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec z = get(Q_z);
            const vec h_tilde = get(Q_h_tilde);
            const vec h_hat = get(Q_h_hat);
            const vec d_h = d_h_later + d_y;
            const vec d_a_h_tilde = d_h * z * (R(1) - power(h_tilde, 2));
            const vec d_a_z = z * (R(1) - z) * d_h * (h_tilde - h_hat);
            d_bias_1 += d_a_z;
            d_bias_2 += d_a_h_tilde;
            put(Q_d_h, d_h);
            put(Q_d_a_h_tilde, d_a_h_tilde);
            put(Q_d_a_z, d_a_z);
        }
        add(Q_d_bias_1, d_bias_1);
        add(Q_d_bias_2, d_bias_2);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_0 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec r = get(Q_r);
            const vec h_hat = get(Q_h_hat);
            const vec d_r_h_hat = get(Q_d_r_h_hat_);
            const vec d_a_r = r * (R(1) - r) * d_r_h_hat * h_hat;
            d_bias_0 += d_a_r;
            put(Q_d_r_h_hat, d_r_h_hat);
            put(Q_d_a_r, d_a_r);
        }
        add(Q_d_bias_0, d_bias_0);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_dh = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_r_h_hat = get(Q_d_r_h_hat);
            const vec r = get(Q_r);
            const vec d_h = get(Q_d_h);
            const vec z = get(Q_z);
            const vec a_95_ = get(Q_a_95_);
            const vec beta = get(Q_beta);
            const vec a_beta = get(Q_a_beta);
            const vec h_prev = get(Q_h_prev);
            const vec d_h_hat = d_r_h_hat * r + d_h * (R(1) - z) + a_95_;
            const vec d_a_beta = -(beta * where(a_beta >= splat(R(0)), splat(R(1)), splat(R(0))) * d_h_hat * h_prev);
            const vec d_h_prev = d_h_hat * beta;
            d_bias_dh += d_a_beta;
            put(Q_d_a_beta, d_a_beta);
            put(Q_d_h_prev, d_h_prev);
        }
        add(Q_d_bias_dh, d_bias_dh);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of inputs. */
static void back_3_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec w = fixed(Q_w);
        const vec v = fixed(Q_v);
        vec d_w = splat(0);
        vec d_v = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec gamma = get(Q_gamma);
            const vec m = get(Q_m);
            const vec x_last = get(Q_x_last);
            const vec x = get(Q_x);
            const vec a_98_ = get(Q_a_98_);
            const vec dt = get(Q_dt);
            const vec d_x_hat = get(Q_d_x_hat_);
            const vec d_a_gamma = gamma * d_x_hat * (R(1) - m) * x_last;
            const vec d_x = d_x_hat * m;
            const vec d_x_last = gamma * d_x_hat * (R(1) - m);
            const vec d_m = d_x_hat * (x - gamma * x_last) + a_98_;
            d_w += -d_a_gamma * where(w * dt + v >= splat(R(0)), dt, splat(R(0)));
            d_v += -d_a_gamma * where(w * dt + v >= splat(R(0)), splat(R(1)), splat(R(0)));
            put(Q_d_a_gamma, d_a_gamma);
            put(Q_d_x, d_x);
            put(Q_d_x_last, d_x_last);
            put(Q_d_m, d_m);
        }
        add(Q_d_w, d_w);
        add(Q_d_v, d_v);
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of inputs. */
static void back_4_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec w = fixed(Q_w);
        const vec v = fixed(Q_v);
        for (long row = 0; row < rows; row++) {
            const vec a_99_ = get(Q_a_99_);
            const vec d_a_gamma = get(Q_d_a_gamma);
            const vec dt = get(Q_dt);
            const vec d_dt = a_99_ - d_a_gamma * where(w * dt + v >= splat(R(0)), w, splat(R(0)));
            put(Q_d_dt, d_dt);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
    INPUT_SIZE,
    INPUT_SIZE,
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_dh", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"bias_dh", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 3, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 3, 0, 0},
    {"weight_mh", HIDDEN_SIZE, INPUT_SIZE, ONE, 3, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 3, 0, 0},
    {"w", INPUT_SIZE, ONE, ONE, 1, 0, 0},
    {"v", INPUT_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {4, 0, 3, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 3, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {3, 0, 2, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 2, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 2, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 2, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 3, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
    {4, 0, 3, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
    {0, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 3},
    {HIDDEN_SIZE, 1, 3},
    {HIDDEN_SIZE, 0, 2},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, INPUT_SIZE, 6, 0},
    {OF_TENSOR, INPUT_SIZE, 7, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{1, 0}}},
    {HIDDEN_SIZE, 3, 1, (const Summand[]){{5, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_dt}},
    {2, 1, -1, 0, 1, (const short[]){Q_m}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_beta, Q_dt}}},
    {2, 0, 3, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_r, Q_x_hat}}},
    {3, 0, 2, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_r, Q_h_hat}}},
    {3, 2, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_h_tilde, Q_r_h_hat}}},
    {4, 0, 3, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_r, Q_m}}},
};

static const Total totals[] = {
    {1, 0, 3, HIDDEN_SIZE, 0, 0},
    {5, 0, 2, HIDDEN_SIZE, 0, 0},
    {5, 1, 0, HIDDEN_SIZE, 0, 0},
    {5, 2, 1, HIDDEN_SIZE, 0, 0},
    {6, 0, 4, INPUT_SIZE, 0, 0},
    {7, 0, 5, INPUT_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 2, 0, (const Group[]){{INPUT_SIZE, 0, 0, 0, 0, 0, step_1_inputs}, {HIDDEN_SIZE, 0, 0, 2, 0, (const short[]){Q_a_beta_, Q_a_mr_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 2, (const Product[]){{1, 2, 1, 0, 1, (const short[]){Q_x_hat}}, {3, 3, -1, 0, 1, (const short[]){Q_h_hat}}}, (const short[]){Q_a_ir_, Q_a_hr_}, step_2}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_r_h_hat}}}, (const short[]){Q_a_hh_tilde_}, step_3}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{5, 5, -1, 0, 1, (const short[]){Q_d_a_h_tilde}}}, (const short[]){Q_d_r_h_hat_}, back_2}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{6, 6, -1, 0, 2, (const short[]){Q_d_a_r, Q_d_a_z}}}, (const short[]){Q_a_95_}, back_3}, {INPUT_SIZE, 0, 2, 2, (const Product[]){{7, 7, -1, 0, 3, (const short[]){Q_d_a_r, Q_d_a_z, Q_d_a_h_tilde}}, {8, 8, -1, 0, 3, (const short[]){Q_d_a_r, Q_d_a_z, Q_d_a_h_tilde}}}, (const short[]){Q_d_x_hat_, Q_a_98_}, back_3_inputs}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 0, 1, 1, (const Product[]){{9, 9, -1, 0, 1, (const short[]){Q_d_a_beta}}}, (const short[]){Q_a_99_}, back_4_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "gru_d",
    .quantities = 56,
    .forward_quantities = 31,
    .states = 1,
    .inputs = 4,
    .axes = 4,
    .tensors = 8,
    .constants = 0,
    .packs = 10,
    .buffers = 10,
    .fixed = 2,
    .biases = 2,
    .early = 2,
    .outers = 5,
    .totals = 6,
    .sums = 6,
    .reads_input = 1,
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
