/* What a cell's file says of the cell: its quantities, where they are, and what is done to them in which order.
 *
 * A quantity has a number for each unit, or one for all units. LANES units are a panel, and what is pointwise goes over
 * some panels of a number of rows; a row is a sequence of the batch, or a time step. */
#ifndef CELL_H
#define CELL_H

#include "vectors.h"

/* The size of a quantity: one number, or as many as there are inputs, units, or outputs of a projection; from NAMED on
 * those that the cell has beside. */
enum axis { ONE, INPUT_SIZE, HIDDEN_SIZE, PROJ_SIZE, NAMED, AXES = 24 };

enum home {
    INPUT,    /* the caller's, row by row */
    BEFORE,   /* a state before the step */
    AFTER,    /* and after it */
    FIXED,    /* the same at every step, for every sequence */
    EARLY,    /* of products of the input, for many time steps */
    LOCAL,    /* of products of a group, a panel at a time */
    PANEL,    /* panel by panel */
    ROW,      /* row by row, as the operands of products are */
    LATER,    /* what the later steps give a state's cotangent */
    EARLIER,  /* what this step gives it */
    D_OUTPUT, /* the cotangent of the output */
    D_INPUT,  /* and of the input */
    SUM       /* over time and batch */
};

/* slot: which state, buffer of products, parameter or sum; in records, which of the quantities side by side.
 * block: of a product. kept: one for each time step, if a backward pass follows. first: the one of those in the same
 * record or buffer by whose place lines find it, as it lies some vectors beside it. */
typedef struct {
    unsigned char home, axis, kept;
    short slot, block, first;
} Quantity;

/* Where a quantity is at one time step: the first row of the first panel, and how far the next ones are. */
typedef struct {
    real *base;
    long panel, row;
} At;

/* The lines of a group, of some rows of panels first to end - 1; keep: whether a backward pass follows. */
typedef void Lines(const At *at, long first, long end, long rows, int keep);

/* The table of quantities is constant, so that compilers read it. */
#define FIRST_OF(q) quantities[q].first
#define BESIDE(q) \
    (quantities[q].slot - quantities[FIRST_OF(q)].slot + quantities[q].block - quantities[FIRST_OF(q)].block)
#define PLACE_OF(q) \
    (at[FIRST_OF(q)].base + BESIDE(q) * LANES + panel * at[FIRST_OF(q)].panel + row * at[FIRST_OF(q)].row)
#define get(q) load(PLACE_OF(q))
#define put(q, v) store(PLACE_OF(q), v)
/* Where rows follow each other, fetches what comes a page later: the processor by itself does not look so far. */
#ifdef __GNUC__
#define fetch(q) __builtin_prefetch(PLACE_OF(q) + 4096 / sizeof(real))
#else
#define fetch(q) ((void)0)
#endif
#define fixed(q) load(at[q].base + panel * at[q].panel)
#define add(q, v) store(at[q].base + panel * at[q].panel, load(at[q].base + panel * at[q].panel) + (v))

/* Adjacent blocks of a tensor of parameters, as a product takes them. axis: of one block of its result; inner: of the
 * operand. skew: V - transpose of V stands in the place of V. */
typedef struct {
    short tensor, first, blocks;
    unsigned char transposed, skew, axis, inner;
} Pack;

/* buffer: where the result goes. bias: which row it begins with, or -1; onto: it is added to what is there.
 * operand: the quantities that follow each other in it. */
typedef struct {
    short buffer, pack, bias;
    unsigned char onto, segments;
    const short *operand;
} Product;

/* Results of products, blocks of one size. */
typedef struct {
    unsigned char axis, early;
    short blocks;
} Buffer;

/* taken: the quantities of products that the lines read. late: only the input's cotangent comes of it, so that it can
 * wait until all steps are done. */
typedef struct {
    unsigned char axis, late;
    short products, taken;
    const Product *product;
    const short *take;
    Lines *lines;
} Group;

enum how { SUM_OF, MEAN_OF, LARGEST_OF, RUNNING, RUNNING_BACK, SOFTMAX, CONTRACTION };

/* An axis that a contraction goes along, and its place in the target and in each part, 1 of their last axis, 0 where
 * they have none. Or how many equal parts the units are cut into. */
enum { PARTS_OF_LOOPS = 5 };
typedef struct {
    unsigned char axis, place[PARTS_OF_LOOPS];
} Loop;

/* What needs all units of its parts: one number of them, something for each unit, or the product of the parts by axes,
 * the outermost loop first. */
typedef struct {
    unsigned char how;
    short target, parts;
    const short *part;
    short loops;
    const Loop *loop;
} Reduction;

typedef struct {
    short reductions, groups;
    const Reduction *reduction;
    const Group *group;
} Stage;

/* Where a vector of parameters comes from: a block of a tensor (-1 of none), a constant, the number of units of an
 * axis; else it is computed. */
enum source { OF_TENSOR, OF_CONSTANT, OF_SIZE, COMPUTED };
typedef struct {
    unsigned char source, axis;
    short index, block;
} Fixed;

/* A sum of blocks of tensors, the row that products begin with. */
typedef struct {
    short tensor, first;
} Summand;
typedef struct {
    unsigned char axis;
    short blocks, summands;
    const Summand *summand;
} Bias;

/* The gradient of adjacent blocks of a matrix: left (one quantity a block, side by side in its record) times right,
 * summed over time and batch, for each pair. */
typedef struct {
    short left, right;
} Factors;
typedef struct {
    short tensor, first, blocks, pairs;
    unsigned char axis, inner;
    const Factors *pair;
} Outer;

/* The gradient of a block of a vector. axis: of the sum, over whose units it is summed too if the tensor has none.
 * onto: it is added to what is there. */
typedef struct {
    short tensor, block, sum;
    unsigned char axis, of_units, onto;
} Total;

/* rows: of a block; ONE with one number. heads: into how many parts rows and columns are cut, of which each has its own
 * alone, one below the other; ONE of a full matrix. skew: as in Pack. partial: some of its gradient is zero. */
typedef struct {
    const char *name;
    unsigned char rows, cols, heads, blocks, skew, partial;
} Tensor;

/* rowwise: it lies row by row, as an operand of products. bounded: by 1, whatever weights and inputs are, if it begins
 * so. */
typedef struct {
    unsigned char axis, rowwise, bounded;
} State;

typedef struct {
    const char *name;
    short quantities, forward_quantities; /* those of the forward pass come first */
    short states, inputs, axes, tensors, constants, packs, buffers, fixed, biases, early, outers, totals, sums;
    unsigned char reads_input; /* whether lines read the input */
    unsigned char waits;       /* whether a step backwards must be over before the next begins */
    short parameter_groups, forward_stages, backward_stages;
    const Quantity *quantity;
    const State *state;
    const unsigned char *input; /* the size of each input; they stand side by side in a row */
    const char *const *size;    /* names of the sizes from NAMED on, "heads*key" for a product of several */
    const Tensor *tensor;
    const char *const *constant; /* their names */
    const Pack *pack;
    const Buffer *buffer;
    const Fixed *source;
    const Bias *bias;
    const Product *product; /* of the input */
    const Outer *outer;
    const Total *total;
    const Group *parameters;
    const Stage *forward, *backward;
} Cell;

#endif
