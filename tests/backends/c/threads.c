/* The machinery with a cell, by teams of pthreads, which ThreadSanitizer knows, in the place of an OpenMP runtime: on
 * sizes at which threads share their work differently, the numbers are those of one thread. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernels.c"

extern const Cell derive_cell;

static __thread int number, team = 1;

typedef struct {
    void (*work)(void *);
    void *with;
    int me, size;
    pthread_t thread;
} Member;

static void *join(void *member)
{
    Member *m = member;
    number = m->me, team = m->size;
    m->work(m->with);
    return NULL;
}

static int most = 8; /* threads that a call gets, however many it asks for */

int omp_get_thread_num(void) { return number; }
int omp_get_num_threads(void) { return team; }
void GOMP_parallel(void (*work)(void *), void *with, unsigned size, unsigned flags)
{
    Member members[8];
    int n = (int)size < most ? (int)size : most;
    (void)flags;
    for (int i = 1; i < n; i++) {
        members[i] = (Member){work, with, i, n, 0};
        pthread_create(&members[i].thread, NULL, join, &members[i]);
    }
    team = n;
    work(with);
    team = 1;
    for (int i = 1; i < n; i++)
        pthread_join(members[i].thread, NULL);
}

/* ------------------------------------------------------------------------------------------------ one problem */

enum { TENSORS = 32, ARRAYS = TENSORS + 2 * STATES + 2 };

/* Exactly as long as needed, so that AddressSanitizer sees what is read beside it. */
static real *numbers(long count, unsigned seed)
{
    real *p = malloc(sizeof(real) * (size_t)count);
    for (long i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        p[i] = (real)((double)(seed >> 8) / (1 << 24) - 0.5) / 2;
    }
    return p;
}

/* A size that a cell has beside those of every cell: "heads*key" is a product of two. */
static long further(const char *name)
{
    long found = 1;
    for (const char *of = name; of; of = strchr(of, '*'), of = of ? of + 1 : NULL)
        found *= strncmp(of, "heads", 5) == 0 ? 2 : strncmp(of, "key", 3) == 0 ? 3 : 5;
    return found;
}

/* All results, in an order; returns how many arrays these are. */
static int solve(long T, long B, long I, long H, long threads, real **result, long *length)
{
    const Cell *cell = &derive_cell;
    long size[AXES] = {1, I, H, H}, inputs = 0;
    for (int k = NAMED; k < cell->axes; k++)
        size[k] = further(derive_size(cell, k - NAMED));
    for (int k = 0; k < cell->inputs; k++)
        inputs += size[cell->input[k]];
    const real *tensor[TENSORS];
    real *d_tensor[TENSORS];
    int n = 0;
    Call call = {0};
    for (int i = 0; i < cell->tensors; i++) {
        long count = size[cell->tensor[i].rows] * columns_of(&cell->tensor[i], size) * cell->tensor[i].blocks;
        tensor[i] = numbers(count, (unsigned)i);
        result[n] = d_tensor[i] = numbers(count, 0), length[n++] = count;
    }
    for (int k = 0; k < cell->states; k++) {
        long count = B * size[cell->state[k].axis];
        call.initial[k] = numbers(count, 50u + (unsigned)k), call.d_final[k] = numbers(count, 60u + (unsigned)k);
        result[n] = call.final[k] = numbers(count, 0), length[n++] = count;
        result[n] = call.d_initial[k] = numbers(count, 0), length[n++] = count;
    }
    long outputs = T * B * size[cell->state[0].axis];
    call.x = numbers(T * B * inputs, 70), call.d_y = numbers(outputs, 71), call.d_tensor = d_tensor;
    result[n] = call.y = numbers(outputs, 0), length[n++] = outputs;
    result[n] = call.d_x = numbers(T * B * inputs, 0), length[n++] = T * B * inputs;

    double constants[TENSORS] = {0.5, 0.5, 0.5, 0.5};
    Weights *w = derive_weights(cell, size, 0, 0);
    Memory *m = derive_memory(w, T, B, threads, 1, NULL, 1);
    if (!w || !m || !derive_pack(w, tensor, constants, 1, threads) || !derive_forward(m, w, &call) ||
        !derive_backward(m, w, &call))
        abort();
    if (threads > 1) { /* fewer threads than it is made for: nothing is done */
        most = 1;
        if (m->threads > 1 && (derive_forward(m, w, &call) || derive_backward(m, w, &call)))
            abort();
        most = 8;
    }
    derive_memory_free(m);
    m = derive_memory(w, T, B, threads, 0, NULL, 2); /* forwards alone, where states may go in digits */
    if (!m || !derive_forward(m, w, &call))
        abort();
    derive_memory_free(m);
    derive_weights_free(w);
    for (int i = 0; i < cell->tensors; i++)
        free((void *)tensor[i]);
    for (int k = 0; k < cell->states; k++)
        free((void *)call.initial[k]), free((void *)call.d_final[k]);
    free((void *)call.x), free((void *)call.d_y);
    return n;
}

static int differ(const real *a, const real *b, long count, double tolerance)
{
    double most_of = 1, apart = 0;
    for (long i = 0; i < count; i++) {
        double size = (double)(a[i] < 0 ? -a[i] : a[i]), d = (double)(a[i] - b[i]);
        most_of = size > most_of ? size : most_of;
        d = d < 0 ? -d : d;
        apart = !(d <= apart) ? d : apart; /* NaN too */
    }
    return !(apart <= tolerance * most_of);
}

static const long SIZES[][4] = {
    {1, 1, 1, 1},   {3, 1, 5, 96},  {2, 3, 96, 97}, {3, 13, 3, 7},  {2, 16, 16, 16},
    {5, 9, 17, 32}, {33, 1, 8, 16}, {2, 2, 1, 128}, {129, 2, 3, 8}, {2, 130, 4, 5}, {1, 99, 33, 40}, {1, 66, 3, 128},
};

int main(void)
{
    for (size_t k = 0; k < sizeof SIZES / sizeof *SIZES; k++) {
        real *alone[ARRAYS], *shared[ARRAYS];
        long length[ARRAYS];
        const long *s = SIZES[k];
        int n = solve(s[0], s[1], s[2], s[3], 1, alone, length);
        for (long threads = 2; threads <= 3; threads++) {
            solve(s[0], s[1], s[2], s[3], threads, shared, length);
            for (int i = 0; i < n; i++) {
                if (differ(alone[i], shared[i], length[i], sizeof(real) == 4 ? 2e-5 : 1e-12)) {
                    printf("array %d of (%ld, %ld, %ld, %ld) by %ld threads\n", i, s[0], s[1], s[2], s[3], threads);
                    return 1;
                }
                free(shared[i]);
            }
        }
        for (int i = 0; i < n; i++)
            free(alone[i]);
    }
    puts("right");
    return 0;
}
