/* The machinery as a library: layers of any cell, forwards and backwards, one direction at a time. */
#include <stdint.h>

#include "sequence.h"

#define PUBLIC __attribute__((visibility("default")))

/* The names of a cell's tensors and constants, in the order in which they are given; NULL after the last. */
PUBLIC const char *derive_tensor(const Cell *cell, long i) { return i < cell->tensors ? cell->tensor[i].name : NULL; }
PUBLIC const char *derive_constant(const Cell *cell, long i) { return i < cell->constants ? cell->constant[i] : NULL; }

/* A digest of a tensor, to tell whether it has changed: it is no secret, and need not resist an enemy. */
PUBLIC uint64_t derive_digest(const void *memory, long bytes, uint64_t seed)
{
    const unsigned char *from = memory;
    uint64_t lane[4] = {seed, seed ^ 0x9e3779b97f4a7c15u, ~seed, seed + 0xbf58476d1ce4e5b9u}, word;
    long i = 0;
    for (; i + 32 <= bytes; i += 32)
        for (int k = 0; k < 4; k++) {
            memcpy(&word, from + i + 8 * k, 8);
            lane[k] = (lane[k] ^ word) * 0x94d049bb133111ebu;
            lane[k] ^= lane[k] >> 29;
        }
    for (; i < bytes; i++)
        lane[0] = (lane[0] ^ from[i]) * 0x94d049bb133111ebu, lane[0] ^= lane[0] >> 29;
    for (int k = 1; k < 4; k++)
        lane[0] = (lane[0] ^ lane[k]) * 0x94d049bb133111ebu, lane[0] ^= lane[0] >> 32;
    return lane[0];
}

PUBLIC Weights *derive_weights(const Cell *cell, const long *sizes, int prepared)
{
    return weights_new(cell, sizes, prepared);
}
PUBLIC void derive_weights_free(Weights *w) { weights_free(w); }

/* Packs the parameters, the tensors in the cell's order; 0 if memory is short. */
PUBLIC int derive_pack(Weights *w, const real *const *tensor, const double *constants, int backward, long threads)
{
    Packing job = {w, tensor, constants, backward, 0};
    if (!in_parallel(pack_share, &job, team_size(threads)))
        pack_share(&job, 0, 1);
    return !job.failed;
}

PUBLIC Memory *derive_memory(const Weights *w, long steps, long batch, long threads, int keep)
{
    return memory_new(w, steps, batch, threads, keep);
}
PUBLIC void derive_memory_free(Memory *m) { memory_free(m); }

static int run(Work *share, Memory *m, const Weights *w, const Call *call)
{
    m->weights = w, m->call = call;
    memset(m->flag, 0, sizeof(Flag) * (size_t)m->threads);
    return in_parallel(share, m, m->threads);
}

/* Both give 0 if there are fewer threads now than the memory is made for. The backward pass is that of the memory's
 * last forward pass, whose x and y are as they were. */
PUBLIC int derive_forward(Memory *m, const Weights *w, const Call *call) { return run(forward_share, m, w, call); }
PUBLIC int derive_backward(Memory *m, const Weights *w, const Call *call) { return run(backward_share, m, w, call); }

/* Layers one after the other, of one thread each, as when a sequence comes in step by step. */
typedef struct {
    Memory *memory;
    const Weights *weights;
    const Call *call;
} Link;

PUBLIC void derive_steps(const Link *link, long count)
{
    for (long i = 0; i < count; i++)
        run(forward_share, link[i].memory, link[i].weights, link[i].call);
}
