/* The rule `svpg` in C, judged by svpg: cc -O2 -o rule rule.c -lm && ./rule | svpg compare - --summary
 *
 * Prints a case with its own update on each line: {"case": ..., "candidate": ...}. The networks are drawn from a linear
 * congruential generator. With an argument, the update has the opposite sign on the bias. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

enum { STATES = 3, CIRCUITS = 2, SIZE = 3, ACTIONS = 3, HIDDEN = CIRCUITS * SIZE, UNITS = HIDDEN + ACTIONS, CASES = 200 };

static uint64_t seed = 1;

static double uniform(void) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) / 9007199254740992.0;
}

static int circuit_of(int unit) { return unit < HIDDEN ? unit / SIZE : CIRCUITS; }
static int first_of(int circuit) { return circuit * SIZE; }
static int size_of(int circuit) { return circuit < CIRCUITS ? SIZE : ACTIONS; }

static double W[UNITS][UNITS], U[STATES][UNITS], b[UNITS], s[STATES], q[UNITS], e[UNITS];

/* One iteration of the mean field; the largest change of a unit. */
static double iterate(void) {
    double next[UNITS], change = 0;
    for (int c = 0; c <= CIRCUITS; c++) {
        double z[UNITS], largest = -INFINITY, sum = 0;
        for (int i = first_of(c); i < first_of(c) + size_of(c); i++) {
            z[i] = b[i];
            for (int k = 0; k < STATES; k++) z[i] += s[k] * U[k][i];
            for (int j = 0; j < UNITS; j++) z[i] += 2 * W[i][j] * q[j];
            largest = fmax(largest, z[i]);
        }
        for (int i = first_of(c); i < first_of(c) + size_of(c); i++) sum += next[i] = exp(z[i] - largest);
        for (int i = first_of(c); i < first_of(c) + size_of(c); i++) next[i] /= sum;
    }
    for (int i = 0; i < UNITS; i++) {
        change = fmax(change, fabs(next[i] - q[i]));
        q[i] = next[i];
    }
    return change;
}

static void print_row(const char *before, const double *row, int count, const char *after) {
    printf("%s[", before);
    for (int i = 0; i < count; i++) printf("%s%.17g", i ? "," : "", row[i]);
    printf("]%s", after);
}

int main(int count, char **arguments) {
    (void)arguments;
    for (int number = 0; number < CASES; number++) {
        for (int i = 0; i < UNITS; i++) {
            b[i] = 2 * uniform() - 1;
            for (int k = 0; k < STATES; k++) U[k][i] = 2 * uniform() - 1;
            for (int j = 0; j < i; j++) W[i][j] = W[j][i] = circuit_of(i) == circuit_of(j) ? 0 : 0.4 * uniform() - 0.2;
            q[i] = 1.0 / size_of(circuit_of(i));
        }
        for (int k = 0; k < STATES; k++) s[k] = uniform();
        for (int n = 0; n < 1000 && iterate() > 1e-16; n++) continue;

        int winners[CIRCUITS + 1];
        double advantage = 2 * uniform() - 1;
        for (int i = 0; i < UNITS; i++) e[i] = -advantage * q[i];
        for (int c = 0; c <= CIRCUITS; c++) {
            winners[c] = (int)(uniform() * size_of(c));
            e[first_of(c) + winners[c]] += advantage;
        }

        printf("{\"case\":{\"schema\":\"svpg-case/1\",\"shape\":{\"states\":%d,\"hidden_circuits\":%d,\"hidden_size\":%d,"
               "\"actions\":%d},\"convention\":\"full\",\"weights\":{\"recurrent\":[", STATES, CIRCUITS, SIZE, ACTIONS);
        for (int i = 0; i < UNITS; i++) print_row(i ? "," : "", W[i], UNITS, "");
        printf("],\"state\":[");
        for (int k = 0; k < STATES; k++) print_row(k ? "," : "", U[k], UNITS, "");
        print_row("],\"bias\":", b, UNITS, "},\"rule\":\"svpg\",\"batch\":[{");
        print_row("\"state\":", s, STATES, ",\"q\":null,\"sample\":{\"hidden\":[");
        for (int c = 0; c < CIRCUITS; c++) printf("%s%d", c ? "," : "", winners[c]);
        printf("],\"action\":%d},\"advantage\":%.17g}]},", winners[CIRCUITS], advantage);

        printf("\"candidate\":{\"schema\":\"svpg-answer/1\",\"update\":{\"recurrent\":[");
        for (int i = 0; i < UNITS; i++) {
            double row[UNITS];
            for (int j = 0; j < UNITS; j++) row[j] = circuit_of(i) == circuit_of(j) ? 0 : e[i] * q[j] + e[j] * q[i];
            print_row(i ? "," : "", row, UNITS, "");
        }
        printf("],\"state\":[");
        for (int k = 0; k < STATES; k++) {
            double row[UNITS];
            for (int i = 0; i < UNITS; i++) row[i] = s[k] * e[i];
            print_row(k ? "," : "", row, UNITS, "");
        }
        if (count > 1)
            for (int i = 0; i < UNITS; i++) e[i] = -e[i];
        print_row("],\"bias\":", e, UNITS, "}}}\n");
    }
    return 0;
}
