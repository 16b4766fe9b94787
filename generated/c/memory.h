/* How the memory of a call is made. */
#ifndef MEMORY_H
#define MEMORY_H

#include "accumulate.h"
#include "places.h"

/* Products of the input fill half of a thread's second cache before they are read. */
enum { CHUNK_BYTES = 256 << 10, LATE_ROWS = 128 };

/* Whether and how threads share a call: each wants four sequences, or many panels. */
static void choose_split(Memory *m, long threads)
{
    long widest = m->weights->size[HIDDEN_SIZE];
    m->split = 1;
    m->threads = team_size(threads);
    if (m->batch >= 4 * m->threads)
        return;
    if (widest >= 96)
        m->split = 0;
    else
        m->threads = 1;
}

/* NULL: time steps, the sequences of each, and their numbers follow each other. */
static void choose_layout(Memory *m, const Layout *layout)
{
    long inputs = input_width(m, 0), outputs = size_of(m, m->cell->state[0].axis);
    m->layout = (Layout){m->batch * inputs, inputs, m->batch * outputs, outputs, 0};
    if (!layout)
        return;
    int times = m->steps > 1, rows = m->batch > 1; /* else the distance says nothing */
    m->x_apart = (times && layout->x_time != m->layout.x_time) || (rows && layout->x_row != m->layout.x_row);
    m->y_apart = (times && layout->y_time != m->layout.y_time) || (rows && layout->y_row != m->layout.y_row);
    m->layout = *layout;
}

static void measure_records(Memory *m)
{
    for (int q = 0; q < m->cell->quantities; q++) {
        const Quantity *of = &m->cell->quantity[q];
        Record *r = &m->record[of->home == ROW][of->kept][of->axis];
        if ((of->home == PANEL || of->home == ROW) && r->count <= of->slot)
            r->count = of->slot + 1;
    }
    for (int by_row = 0; by_row < 2; by_row++)
        for (int kept = 0; kept < 2; kept++)
            for (int axis = 0; axis < AXES; axis++) {
                Record *r = &m->record[by_row][kept][axis];
                long width = padded(size_of(m, axis));
                r->row = r->count * (by_row ? width : LANES);
                if (by_row && r->count && r->row % (4096 / (long)sizeof(real)) == 0)
                    r->row += LANES; /* rows at equal places of pages would crowd each other out of the first cache */
                r->time = m->batch * (by_row ? r->row : r->row * panels(m, axis));
            }
}

static void measure_buffers(Memory *m)
{
    const Cell *cell = m->cell;
    long a_step = 0;
    m->rows = m->split ? (m->batch + m->threads - 1) / m->threads : m->batch;
    for (int i = 0; i < cell->buffers; i++)
        if (cell->buffer[i].early)
            a_step += panels(m, cell->buffer[i].axis) * cell->buffer[i].blocks * LANES * m->rows;
    m->chunk = a_step ? CHUNK_BYTES / (long)sizeof(real) / a_step : m->steps;
    if (m->chunk < 1 || (m->rows < 4 && m->chunk < 32))
        m->chunk = m->rows < 4 ? 32 : 1;
    if (m->chunk > m->steps)
        m->chunk = m->steps;
    for (int i = 0; i < cell->buffers; i++) {
        const Buffer *b = &cell->buffer[i];
        long *used = b->early ? &m->early_share : &m->local_share;
        long n = size_of(m, b->axis), wide = wide_panels(n, b->blocks);
        long width = panels_together(b->blocks) * b->blocks * LANES;
        m->buffer[i] = (Room){*used, width, vectors_of(n, b->blocks, wide - 1) * LANES, wide,
                              panels_together(b->blocks) / 2};
        if (b->early)
            *used += wide * width * m->rows * m->chunk;
        else /* as many panels as the narrowest product takes together */
            *used += panels_together(1) * b->blocks * LANES * (m->rows > LATE_ROWS ? m->rows : LATE_ROWS);
    }
}

/* How many gradients of matrices from one on have the same left factors: these are read once for all. */
static int of_same_left(const Cell *cell, int from)
{
    const Outer *o = &cell->outer[from];
    int n = 1, whole = cell->tensor[o->tensor].heads == ONE;
    for (; whole && n < OPERANDS && from + n < cell->outers; n++) {
        const Outer *other = o + n;
        if (cell->tensor[other->tensor].heads != ONE || other->axis != o->axis || other->blocks != o->blocks ||
            other->pairs != o->pairs)
            return n;
        for (int i = 0; i < o->pairs; i++)
            if (other->pair[i].left != o->pair[i].left)
                return n;
    }
    return n;
}

/* The blocks of terms of a product, all its segments one after the other. */
static long blocks_of_product(const Memory *m, const Product *p)
{
    return p->segments * blocks_of_terms(size_of(m, m->cell->pack[p->pack].inner));
}

static void measure_group(Memory *m, const Group *g)
{
    long needed = 0;
    for (int i = 0; i < g->products; i++)
        needed += rows_in_parts(m->rows, blocks_of_product(m, &g->product[i]));
    if (needed > m->parts_share)
        m->parts_share = needed;
}

/* Room for the rows of all products of a group in parts, or of one of the input for the time steps of a chunk. */
static void measure_parts(Memory *m)
{
    const Cell *cell = m->cell;
    for (int i = 0; i < cell->early; i++) {
        long needed = m->chunk * rows_in_parts(m->rows, blocks_of_product(m, &cell->product[i]));
        if (needed > m->parts_share)
            m->parts_share = needed;
    }
    for (int back = 0; back < 1 + m->keep; back++)
        for (int s = 0; s < (back ? cell->backward_stages : cell->forward_stages); s++) {
            const Stage *stage = &(back ? cell->backward : cell->forward)[s];
            for (int i = 0; i < stage->groups; i++)
                measure_group(m, &stage->group[i]);
        }
}

static void measure_scratch(Memory *m)
{
    for (int i = 0, n; i < m->cell->outers; i += n) {
        const Outer *o = &m->cell->outer[i];
        long needed = delta_scratch(o->blocks);
        n = of_same_left(m->cell, i);
        for (int j = 0; j < n; j++)
            needed += operand_scratch(size_of(m, o->axis), o->blocks, size_of(m, o[j].inner));
        if (needed > m->scratch_share)
            m->scratch_share = needed;
    }
    for (int axis = 0; axis < AXES; axis++)
        if (m->width < padded(size_of(m, axis)))
            m->width = padded(size_of(m, axis));
    m->sums_share = (m->cell->sums + 1) * m->width;
}

/* Cuts a piece of `count` reals at the next boundary. */
static void cut(real **piece, real *memory, long *used, long count)
{
    *piece = count ? memory + *used : NULL;
    *used += (count + 63) / 64 * 64;
}

static long cut_all(Memory *m, real *memory)
{
    const Cell *cell = m->cell;
    long used = 0, team = m->threads;
    for (int k = 0; k < cell->states; k++) {
        long n = padded(size_of(m, cell->state[k].axis)) * m->batch;
        long slots = k ? (m->keep ? m->steps + 1 : 2) : in_place(m) ? 1 : m->steps + 1;
        cut(&m->series[k], memory, &used, n * slots);
        cut(&m->carried[k], memory, &used, m->keep ? 2 * n : 0);
    }
    for (int by_row = 0; by_row < 2; by_row++)
        for (int kept = 0; kept < 2; kept++)
            for (int axis = 0; axis < AXES; axis++) {
                Record *r = &m->record[by_row][kept][axis];
                cut(&r->base, memory, &used, r->time * (kept && m->keep ? m->steps : 1));
            }
    long rows = m->steps * m->batch, inputs = rows * input_width(m, 1);
    int part = inputs != rows * input_width(m, 0), read = cell->reads_input || cell->inputs > 1;
    cut(&m->x, memory, &used, m->x_apart || (read && part) ? inputs : 0);
    cut(&m->d_x, memory, &used, m->keep && (m->x_apart || m->layout.onto || part) ? inputs : 0);
    cut(&m->d_y, memory, &used, m->keep && !in_place(m) ? rows * padded(size_of(m, cell->state[0].axis)) : 0);
    cut(&m->zero, memory, &used, m->width + 16 * 8 * LANES);
    cut(&m->early, memory, &used, team * m->early_share);
    cut(&m->local, memory, &used, team * m->local_share);
    cut(&m->sums, memory, &used, m->keep ? team * m->sums_share : 0);
    cut(&m->scratch, memory, &used, m->keep ? team * m->scratch_share : 0);
    real *parts;
    cut(&parts, memory, &used, team * m->parts_share * (long)sizeof(half) / (long)sizeof(real));
    m->parts = (half *)parts;
    return used;
}

static void memory_free(Memory *m)
{
    if (!m)
        return;
    free(m->memory);
    free(m->buffer);
    free(m->at);
    free(m->track);
    free(m->moving);
    free(m->flag);
    free(m);
}

/* The last of the ways that products of so many sequences may go: where there is a matrix unit, and each thread has rows
 * for it. Digits are packed too slowly for each step of a training. */
enum { ROWS_FOR_PARTS = 32 };
static int last_way(const Weights *w, long batch, long threads, int keep)
{
    int last = FLOAT32;
    if (w->narrow || batch / team_size(threads) < ROWS_FOR_PARTS || !tiles_ready())
        return FLOAT32;
    for (int i = 0; i < w->cell->packs && last < DIGITS_OF_STATES; i++)
        if (is_worth_parts(w, &w->cell->pack[i]))
            last = !keep && is_worth_digits(w, i) ? DIGITS_OF_STATES : PARTS_OF_ALL;
    return last;
}

static Memory *memory_new(const Weights *w, long steps, long batch, long threads, int keep, const Layout *layout,
                          int way)
{
    Memory *m = zeroed(sizeof *m);
    if (!m)
        return NULL;
    m->cell = w->cell, m->weights = w, m->steps = steps, m->batch = batch, m->keep = keep;
    choose_split(m, threads);
    choose_layout(m, layout);
    m->in_parts = (int)least(way, last_way(w, batch, threads, keep));
    m->buffer = zeroed(sizeof(Room) * (size_t)(w->cell->buffers + 1));
    m->at = zeroed(sizeof(At) * 2 * (size_t)w->cell->quantities * (size_t)m->threads);
    m->track = zeroed(sizeof(Track) * (size_t)w->cell->quantities * (size_t)m->threads);
    m->moving = zeroed(sizeof(short) * (size_t)w->cell->quantities * (size_t)m->threads);
    m->flag = zeroed(sizeof(Flag) * (size_t)m->threads);
    if (m->buffer && m->at && m->track && m->moving && m->flag) {
        static real measured[1];
        measure_records(m);
        measure_buffers(m);
        measure_scratch(m);
        if (m->in_parts)
            measure_parts(m);
        m->memory = reals(cut_all(m, measured));
    }
    if (!m->memory) {
        memory_free(m);
        return NULL;
    }
    cut_all(m, m->memory);
    for (int me = 0; me < m->threads; me++)
        find_tracks(m, m->cell->quantities, 0, first_row(m, me), me);
    return m;
}

#endif
