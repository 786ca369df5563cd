package io.ppmq.store.rocksdb;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;

/** A view of an engine as the commit under way leaves it. It owns nothing. */
final class EngineWithBegun extends Engine {
  private final Engine engine;
  private final Begun begun;

  EngineWithBegun(Engine engine, Begun begun) {
    super(engine);
    this.engine = engine;
    this.begun = begun;
  }

  /**
   * Whether it is a view of this engine, and not of an earlier one before a failure of the disk.
   */
  boolean isOf(Engine other) {
    return engine == other;
  }

  private Begun.@Nullable Family begun(ColumnFamilyHandle family) {
    return begun.family(family.getID());
  }

  @Override
  byte @Nullable [] find(ColumnFamilyHandle family, byte[] key) throws RocksDBException {
    Begun.Family changed = begun(family);
    return changed != null && changed.decides(key) ? changed.value(key) : super.find(family, key);
  }

  @Override
  List<byte @Nullable []> findAhead(ColumnFamilyHandle family, List<byte[]> keys)
      throws RocksDBException {
    List<byte @Nullable []> found = super.findAhead(family, keys);
    Begun.Family changed = begun(family);
    if (changed == null) {
      return found;
    }
    List<byte @Nullable []> values = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      byte[] key = keys.get(i);
      values.add(changed.decides(key) ? changed.value(key) : found.get(i));
    }
    return values;
  }

  @Override
  long valueBytes(ColumnFamilyHandle family, byte[] key) throws RocksDBException {
    Begun.Family changed = begun(family);
    if (changed == null || !changed.decides(key)) {
      return super.valueBytes(family, key);
    }
    byte[] value = changed.value(key);
    return value == null ? 0 : value.length;
  }

  @Override
  Scan scan(ColumnFamilyHandle family, byte[] from, byte[] to) {
    Begun.Family changed = begun(family);
    return changed == null
        ? super.scan(family, from, to)
        : new ScanWithBegun(db(), family, from, to, changed);
  }

  @Override
  public void close() {
    throw new AssertionError("it is another's");
  }
}
