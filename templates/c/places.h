/* The memory of a call, and where in it each quantity is at a time step. */
#ifndef PLACES_H
#define PLACES_H

#include "parted.h"

enum { STATES = 16, RANGES = 2 * STATES };

/* What the caller gives for one layer and direction, and where the results go; what is NULL is zero, or not wanted.
 * x: (steps, batch, all inputs side by side); y: (steps, batch, outputs); states: (batch, units of each). machine.py knows the order. */
typedef struct {
    const real *x, *initial[STATES];
    real *y, *final[STATES];
    const real *d_y, *d_final[STATES];
    real *d_x, *d_initial[STATES], *const *d_tensor;
} Call;

/* Where a caller's rows are: how far the next time step and the next sequence are, in numbers, of x and its cotangent
 * and of y and its own. onto: what comes back to x is added to what is there. machine.py knows the order. */
typedef struct {
    long x_time, x_row, y_time, y_row, onto;
} Layout;

/* Quantities of one size side by side; `time` and `row` are distances. */
typedef struct {
    real *base;
    long count, time, row;
} Record;

/* A buffer of products: where in a thread's share it begins, the numbers in a row of a wide panel and those of the last
 * one that are computed, how many wide panels there are, and how many panels are together in one, as a power of 2. */
typedef struct {
    long start, width, last, wide;
    int together;
} Room;

/* Where a quantity is at time step t: at from[t & 1] + t * step; what takes turns does not move on. */
typedef struct {
    real *from[2];
    long step;
} Track;

/* How products go: in float32; in parts of bfloat16 where they may; of states that are bounded in digits of int8. */
enum way { FLOAT32, PARTS_OF_ALL, DIGITS_OF_STATES };

/* One call at a time: a forward pass, and the backward pass that follows it.
 * keep: whether a backward pass may follow. split: whether threads share the batch, else the panels. rows: of the
 * thread that has most of the batch; chunk: how many time steps of the input are multiplied together.
 * series: of each state, one for each time step and one before, or two that take turns; of the output's, one before, or
 * all where the caller's rows are no whole panels. carried: the cotangent of each state, two that take turns.
 * x, d_y, d_x: whole panels where the caller's rows are none, or are not one after the other; x_apart, y_apart: whether
 * that is so. sums: of each thread, `width` apart. in_parts: how products go; parts: of each thread, for the rows that it
 * multiplies next. */
typedef struct {
    const Cell *cell;
    const Weights *weights;
    const Call *call;
    long steps, batch;
    Layout layout;
    int threads, keep, split, x_apart, y_apart, in_parts;
    long rows, chunk;
    long width;
    Record record[2][2][AXES]; /* panel by panel or row by row; for one step or for each */
    real *series[STATES], *carried[STATES], *x, *d_y, *d_x, *zero;
    real *early, *local, *sums, *scratch; /* of all threads, a share each */
    long early_share, local_share, sums_share, scratch_share;
    half *parts;
    long parts_share;
    Room *buffer;
    At *at;       /* of each thread, for a time step and for what can wait */
    Track *track; /* of each thread, with the quantities whose places change from step to step */
    short *moving;
    Flag *flag;
    real *memory;
} Memory;

static long size_of(const Memory *m, int axis) { return m->weights->size[axis]; }
static long panels(const Memory *m, int axis) { return panels_of(size_of(m, axis)); }
static int is_whole(const Memory *m, int axis) { return size_of(m, axis) % LANES == 0; }

/* The first row of the batch that a thread has. */
static long first_row(const Memory *m, int me) { return m->split ? m->batch * me / m->threads : 0; }

/* How wide a row of all inputs side by side is; whole: each begins a panel. */
static long input_width(const Memory *m, int whole)
{
    long width = 0;
    for (int i = 0; i < m->cell->inputs; i++) {
        long n = size_of(m, m->cell->input[i]);
        width += whole ? padded(n) : n;
    }
    return width;
}

/* Where an input begins in such a row. */
static long input_start(const Memory *m, int input, int whole)
{
    long start = 0;
    for (int i = 0; i < input; i++) {
        long n = size_of(m, m->cell->input[i]);
        start += whole ? padded(n) : n;
    }
    return start;
}

/* Whether the output's states are the caller's y. */
static int in_place(const Memory *m) { return is_whole(m, m->cell->state[0].axis) && !m->y_apart; }

/* The time step's place in what is kept for all steps or for two. */
static long turn(const Memory *m, long t) { return m->keep ? t : t & 1; }

static At in_record(const Memory *m, const Quantity *q, long t, long row)
{
    const Record *r = &m->record[q->home == ROW][q->kept][q->axis];
    real *base = r->base + (q->kept && m->keep ? t * r->time : 0);
    if (q->home == ROW)
        return (At){base + q->slot * padded(size_of(m, q->axis)) + row * r->row, q->axis == ONE ? 0 : LANES, r->row};
    return (At){base + q->slot * LANES + row * r->row, q->axis == ONE ? 0 : m->batch * r->row, r->row};
}

/* Rows of whole or part panels. */
static At in_rows(real *base, long width, long t, const Memory *m, long row)
{
    return (At){base + (t * m->batch + row) * width, LANES, width};
}

static At in_panels(real *base, long n_panels, long t, const Memory *m, long row)
{
    return (At){base + (t * n_panels * m->batch + row) * LANES, m->batch * LANES, LANES};
}

/* A state before time step t; t = steps is after the last. The output's states are the caller's y where they fit. */
static At in_series(const Memory *m, int k, long t, long row)
{
    const State *s = &m->cell->state[k];
    if (k == 0 && in_place(m) && t)
        return in_rows(m->call->y, size_of(m, s->axis), t - 1, m, row);
    if (s->rowwise)
        return in_rows(m->series[k], padded(size_of(m, s->axis)), k ? turn(m, t) : t, m, row);
    return in_panels(m->series[k], panels(m, s->axis), turn(m, t), m, row);
}

/* An input, or its cotangent, in rows of all inputs: the caller's, or whole panels. */
static At in_inputs(const Memory *m, real *panels_of_all, real *callers, int input, long t, long row)
{
    long width = input_width(m, panels_of_all != NULL);
    At first = in_rows(panels_of_all ? panels_of_all : callers, width, t, m, row);
    first.base += input_start(m, input, panels_of_all != NULL);
    first.panel = m->cell->input[input] == ONE ? 0 : LANES;
    return first;
}

/* The cotangent of a state; of contractions row by row. */
static At in_carried(const Memory *m, int k, long turn, long row)
{
    int axis = m->cell->state[k].axis;
    if (axis >= NAMED)
        return in_rows(m->carried[k], padded(size_of(m, axis)), turn, m, row);
    return in_panels(m->carried[k], panels(m, axis), turn, m, row);
}

/* Where a quantity is at time step t, from a row of the batch on. What products give is found panel by panel. */
static At place(const Memory *m, const Quantity *q, long t, long row, int me)
{
    long size = size_of(m, q->axis);
    switch (q->home) {
    case INPUT: return in_inputs(m, m->x, (real *)m->call->x, q->slot, t, row);
    case BEFORE: return in_series(m, q->slot, t, row);
    case AFTER: return in_series(m, q->slot, t + 1, row);
    case FIXED: return (At){m->weights->fixed[q->slot], q->axis == ONE ? 0 : LANES, 0};
    case PANEL:
    case ROW: return in_record(m, q, t, row);
    case LATER: return in_carried(m, q->slot, (t + 1) & 1, row);
    case EARLIER: return in_carried(m, q->slot, t & 1, row);
    case D_OUTPUT:
        if (!m->call->d_y)
            return (At){m->zero, LANES, 0};
        return m->d_y ? in_rows(m->d_y, padded(size), t, m, row) : in_rows((real *)m->call->d_y, size, t, m, row);
    case D_INPUT:
        if (!m->call->d_x)
            return (At){m->sums + me * m->sums_share + m->cell->sums * m->width, 0, 0};
        return in_inputs(m, m->d_x, m->call->d_x, q->slot, t, row);
    case SUM: return (At){m->sums + me * m->sums_share + q->slot * m->width, LANES, 0};
    default: return (At){NULL, 0, 0};
    }
}

/* Whether each call says anew where it is. */
static int is_callers(const Memory *m, const Quantity *q)
{
    switch (q->home) {
    case INPUT:
    case FIXED:
    case D_OUTPUT:
    case D_INPUT: return 1;
    case BEFORE:
    case AFTER: return q->slot == 0 && in_place(m);
    default: return 0;
    }
}

/* Finds the tracks of quantities, the caller's or the others; of a state in the caller's rows they hold from the second
 * step on. */
static void find_tracks(const Memory *m, int quantities, int callers, long first, int me)
{
    At *at = m->at + 2 * me * m->cell->quantities;
    Track *track = m->track + me * m->cell->quantities;
    for (int i = 0; i < quantities; i++) {
        const Quantity *q = &m->cell->quantity[i];
        if (is_callers(m, q) != callers)
            continue;
        at[i] = place(m, q, 2, first, me);
        long step = (place(m, q, 4, first, me).base - at[i].base) / 2;
        track[i] = (Track){{at[i].base - 2 * step, place(m, q, 3, first, me).base - 3 * step}, step};
    }
}

/* Finds those that move; how many they are. */
static int find_moving(const Memory *m, int quantities, int me)
{
    const Track *track = m->track + me * m->cell->quantities;
    short *moving = m->moving + me * m->cell->quantities;
    int n = 0;
    for (int i = 0; i < quantities; i++)
        if (track[i].step || track[i].from[0] != track[i].from[1] || m->cell->quantity[i].home == BEFORE)
            moving[n++] = (short)i;
    return n;
}

#endif
