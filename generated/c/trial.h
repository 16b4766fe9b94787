/* Products in float32, in parts (parts.h) and in digits (digits.h) on trial, with random numbers: whether they agree, and
 * which are faster. */
#ifndef TRIAL_H
#define TRIAL_H

#include <time.h>

#include "sequence.h"

enum { TRIAL_STEPS = 4, TRIAL_ROWS = 43, AT_LEAST = 3 };
#define TRIAL_SECONDS 0.5 /* after which no timing begins, if there are AT_LEAST of them */
#define MOST_SECONDS 4.0  /* after which none does */
enum { AGREE = 1, DISAGREE = -1, NOT_TRIED = -2 };

/* Numbers from -bound to bound, the same ones each time. */
static void fill(real *to, long count, double bound, uint64_t *state)
{
    for (long i = 0; i < count; i++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        to[i] = (real)(((double)(*state >> 11) * 0x1p-52 - 1) * bound);
    }
}

/* How far products of a row with the columns of a packed vector are from the true ones, as a part of the sum of their
 * terms' magnitudes: the largest so far, or this one. NaN counts as 1. */
static double larger_error(double most, const real *a, long terms, const real *W, long stride, const real *found)
{
    for (int lane = 0; lane < LANES; lane++) {
        double sum = 0, size = 0;
        for (long k = 0; k < terms; k++) {
            double term = (double)a[k] * (double)W[k * stride + lane];
            sum += term, size += __builtin_fabs(term);
        }
        double error = __builtin_fabs((double)found[lane] - sum) / (size > 0 ? size : 1);
        most = error != error ? 1 : error > most ? error : most;
    }
    return most;
}

/* Of one wide panel, in float32 and on the unit. room: for both results. Some rows are looked at, the first and the last
 * among them. */
static void compare_panel(const Weights *w, int i, long panel, const real *A, const Cut *cut, real *room, double most[2])
{
    const Pack *p = &w->cell->pack[i];
    long N = w->size[p->axis], K = w->size[p->inner], S = segments_of(p), terms = S * K, G = blocks_of(p);
    long Z = vectors_of(N, (int)G, panel), width = Z * LANES, full = panels_together((int)G) * G * LANES;
    memset(room, 0, sizeof(real) * (size_t)(2 * TRIAL_ROWS * full));
    real *of[2] = {room, room + TRIAL_ROWS * full};
    product(TRIAL_ROWS, A, terms, terms, w->pack[i] + panel * full * terms, Z, of[0], width, of[0], width);
    if (cut->digits)
        product_of_digits(TRIAL_ROWS, cut->digits, cut->scale, K,
                          w->parts->digits[i] + panel * panel_in_digits(N, (int)G, K),
                          w->parts->scale[i] + panel * panel_scales(N, (int)G), width, of[1], width, of[1], width);
    else
        product_of_parts(TRIAL_ROWS, cut->parts, S * blocks_of_terms(K),
                         w->parts->pack[i] + panel * panel_in_parts(N, (int)G, K, (int)S), width, of[1], width, of[1],
                         width);
    for (long z = 0; z < Z; z++) {
        Column c = column(N, (int)G, terms, panel, z);
        for (int way = 0; way < 2; way++)
            for (long r = 0; r < TRIAL_ROWS; r += TRIAL_ROWS / 3)
                most[way] = larger_error(most[way], A + r * terms, terms, w->pack[i] + c.offset, c.stride,
                                         of[way] + r * width + z * LANES);
    }
}

/* AGREE if the products of random rows with a matrix are as near to the true ones on the unit as in float32, but for a
 * few roundings: 4 times float32's largest error and 2^-22, where the sum of the terms' magnitudes is 1. NOT_TRIED if
 * memory is short. */
static int products_agree(const Weights *w, int i, int digits, uint64_t *state)
{
    const Pack *p = &w->cell->pack[i];
    if (digits ? !has_digits(w, i) : !has_parts(w, i, p->transposed))
        return AGREE;
    long N = w->size[p->axis], K = w->size[p->inner], S = segments_of(p), G = blocks_of(p), blocks = S * blocks_of_terms(K);
    long numbers = TRIAL_ROWS * (S * K + 2 * panels_together((int)G) * G * LANES);
    real *A = reals(numbers);
    half *split = zeroed(sizeof(half) * (size_t)rows_in_parts(TRIAL_ROWS, blocks));
    base256 *in_digits = (base256 *)split;
    real scale[TRIAL_ROWS] = {0};
    Cut cut = {digits ? NULL : split, digits ? in_digits : NULL, scale};
    double most[2] = {0, 0};
    int room = A && split, fit = room;
    if (fit)
        fill(A, TRIAL_ROWS * S * K, 1, state);
    if (fit && digits)
        fit = digits_of_rows(TRIAL_ROWS, A, K, K, uneven_digits(w, i), in_digits, scale);
    for (long s = 0; s < S && fit && !digits; s++)
        fit = split_rows(TRIAL_ROWS, A + s * K, S * K, K, split + s * blocks_of_terms(K) * BLOCK_HALVES, blocks);
    for (long panel = 0; panel < wide_panels(N, (int)G) && fit; panel++)
        compare_panel(w, i, panel, A, &cut, A + TRIAL_ROWS * S * K, most);
    free(A);
    free(split);
    if (!room)
        return NOT_TRIED;
    return most[1] <= 4 * most[0] + 0x1p-22 ? AGREE : DISAGREE; /* of rows too uneven for digits nothing was compared */
}

/* ------------------------------------------------------------------------------------------------ timings */

/* What a trial works with: random parameters, a memory of each way and a call. room: of all arrays, of tensors that
 * are parameters first. */
typedef struct {
    Weights *weights;
    Memory *memory[DIGITS_OF_STATES + 1];
    Call call;
    real *room, **tensor, **none;
    double *constant;
    int keep, ways;
} Trial;

static void trial_free(Trial *t)
{
    for (int way = 0; way < t->ways; way++)
        memory_free(t->memory[way]);
    weights_free(t->weights);
    free(t->room);
    free(t->tensor);
    free(t->none);
    free(t->constant);
}

/* Cuts the arrays of a trial from memory; with a first number alone they are measured. */
static long lay_out_trial(Trial *t, real *memory, long batch)
{
    const Cell *cell = t->weights->cell;
    long used = 0, rows = TRIAL_STEPS * batch;
    for (int i = 0; i < cell->tensors; i++) {
        const Tensor *of = &cell->tensor[i];
        t->tensor[i] = memory + used;
        used += of->blocks * t->weights->size[of->rows] * columns_of(of, t->weights->size);
    }
    real *x = memory + used, *d_x = x + rows * input_width(t->memory[0], 0);
    real *y = d_x + rows * input_width(t->memory[0], 0), *d_y = y + rows * size_of(t->memory[0], cell->state[0].axis);
    t->call = (Call){.x = x, .y = y, .d_y = d_y, .d_x = d_x, .d_tensor = t->none};
    return d_y + rows * size_of(t->memory[0], cell->state[0].axis) - memory;
}

/* Whether there was memory for it. */
static int trial_new(Trial *t, const Cell *cell, const long *sizes, long batch, long threads, int keep)
{
    static real measured[1];
    uint64_t state = 1;
    memset(t, 0, sizeof *t);
    t->keep = keep;
    t->tensor = zeroed(sizeof(real *) * (size_t)(cell->tensors + 1));
    t->none = zeroed(sizeof(real *) * (size_t)(cell->tensors + 1));
    t->constant = zeroed(sizeof(double) * (size_t)(cell->constants + 1));
    t->weights = weights_new(cell, sizes, 1, 0);
    t->ways = t->weights ? last_way(t->weights, batch, threads, keep) + 1 : 0;
    int room = t->ways > 0;
    for (int way = 0; way < t->ways; way++)
        room &= (t->memory[way] = memory_new(t->weights, TRIAL_STEPS, batch, threads, keep, NULL, way)) != NULL;
    if (!t->tensor || !t->none || !t->constant || !room)
        return 0;
    long count = lay_out_trial(t, measured, batch);
    if (!(t->room = reals(count)))
        return 0;
    lay_out_trial(t, t->room, batch);
    fill(t->room, count, 1, &state);
    for (int i = 0; i < cell->tensors; i++) /* of about the size that they begin with */
        fill(t->tensor[i], cell->tensor[i].blocks * sizes[cell->tensor[i].rows] * columns_of(&cell->tensor[i], sizes),
             1 / __builtin_sqrt((double)sizes[HIDDEN_SIZE]), &state);
    for (int i = 0; i < cell->constants; i++)
        t->constant[i] = 0.5;
    Packing job = {t->weights, (const real *const *)t->tensor, t->constant, keep, 0};
    pack_share(&job, 0, 1);
    return !job.failed;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The seconds of a pass forwards, and backwards if it is kept; 0 if there are fewer threads than it wants. */
static double seconds_of(const Trial *t, int way)
{
    double begin = seconds_now();
    int done = run(forward_share, t->memory[way], t->weights, &t->call);
    if (t->keep)
        done = done && run(backward_share, t->memory[way], t->weights, &t->call);
    return done ? seconds_now() - begin : 0;
}

/* One way after the other, so that what else the machine does falls on all; how often, 0 if a pass was not done. */
static long time_all(const Trial *t, long times, double *seconds)
{
    double begin = seconds_now(), least = 1;
    long n = 0;
    for (int way = 0; way < t->ways && times; way++)
        seconds_of(t, way);
    for (; n < times && (!n || seconds_now() - begin < (n < AT_LEAST ? MOST_SECONDS : TRIAL_SECONDS)); n++)
        for (int way = 0; way < t->ways; way++) {
            double of_way = seconds[t->ways * n + way] = seconds_of(t, way);
            least = of_way < least ? of_way : least;
        }
    return least > 0 ? n : 0;
}

/* AGREE if all products on the unit agree with those in float32. */
static int all_agree(const Trial *t)
{
    const Weights *w = t->weights;
    uint64_t state = 2;
    int agree = AGREE, threads = t->memory[0]->threads;
    need_parts(w, FORWARDS, threads);
    need_parts(w, t->keep ? BACKWARDS : IN_DIGITS, threads);
    tiles_begin();
    for (int k = 0; k < 2 * w->cell->packs && agree == AGREE; k++)
        agree = products_agree(w, k / 2, k % 2, &state);
    tiles_end();
    return agree;
}

#endif
