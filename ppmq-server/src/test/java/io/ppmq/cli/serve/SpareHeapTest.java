package io.ppmq.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SpareHeapTest {
  private static final long MEBIBYTE = 1 << 20;

  private final FakeHeap heap = new FakeHeap();
  private final SpareHeap spare = new SpareHeap(heap);

  private void look(int times) {
    for (int i = 0; i < times; i++) {
      spare.look();
    }
  }

  @Test
  void aLargeHeapIsReturnedWhenItHasNotGrownForAMinute() {
    heap.mebibytes = 126;
    look(6);
    assertThat(heap.collections).isZero();
    look(4);
    assertThat(heap.mebibytes).as("in four collections").isEqualTo(45);
    look(100);
    assertThat(heap.collections).isEqualTo(4);
  }

  @Test
  void aHeapThatGrowsIsLeftAlone() {
    for (int i = 0; i < 100; i++) {
      heap.mebibytes = i % 5 == 0 ? 100 : heap.mebibytes + 1;
      look(1);
    }
    assertThat(heap.collections).isZero();
  }

  @Test
  void aSmallHeapStays() {
    heap.mebibytes = 64;
    look(100);
    assertThat(heap.collections).isZero();
  }

  @Test
  void aHeapInUseIsCollectedOnceUntilItGrows() {
    heap.mebibytes = 100;
    heap.usedMebibytes = 60;
    look(100);
    assertThat(heap.collections).isEqualTo(1);
    heap.mebibytes = 110;
    look(100);
    assertThat(heap.collections).isEqualTo(2);
  }

  @Test
  void aHeapThatGrowsAgainIsLeftAloneForTenMinutes() {
    heap.mebibytes = 100;
    heap.usedMebibytes = 60;
    look(7);
    assertThat(heap.collections).isEqualTo(1);
    heap.mebibytes = 110;
    look(59);
    assertThat(heap.collections).isEqualTo(1);
    look(1);
    assertThat(heap.collections).isEqualTo(2);
  }

  @Test
  void aHeapThatBecameSmallIsLeftAloneForTenMinutesToo() {
    heap.mebibytes = 126;
    look(10);
    assertThat(heap.mebibytes).isEqualTo(45);
    heap.mebibytes = 126;
    look(59);
    assertThat(heap.collections).isEqualTo(4);
    look(1);
    assertThat(heap.collections).isEqualTo(5);
  }

  @Test
  void aHeapThatDoesNotShrinkIsLeftAloneAfterAFewCollections() {
    heap.mebibytes = 100;
    heap.shrinks = false;
    look(100);
    assertThat(heap.collections).isEqualTo(6);
  }

  /** Shrinks to 45 MiB with the fourth collection, like the serial collector. */
  private static final class FakeHeap implements SpareHeap.Heap {
    private long mebibytes = 20;
    private long usedMebibytes = 13;
    private boolean shrinks = true;
    private int collections;

    @Override
    public long size() {
      return mebibytes * MEBIBYTE;
    }

    @Override
    public long used() {
      return usedMebibytes * MEBIBYTE;
    }

    @Override
    public void collect() {
      collections++;
      if (shrinks && collections == 4) {
        mebibytes = 45;
      }
    }
  }
}
