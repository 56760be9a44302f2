package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.conv4j.optim.Schedule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Learning rates against numbers computed by hand. */
class ScheduleTest {
  @ParameterizedTest
  @CsvSource({"0, 0.5", "2, 0.5", "3, 0.05", "5, 0.05", "6, 0.005", "30, 5e-11"})
  void steps(long step, double rate) {
    assertEquals(rate, Schedule.steps(3, 0.1).rate(0.5, step), 1e-12 * rate);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 0.8681980515", "2, 0.55", "3, 0.2318019485", "4, 0.1", "5, 0.1"})
  void cosine(long step, double rate) {
    assertEquals(rate, Schedule.cosine(4, 0.1).rate(1, step), 1e-9);
  }

  @ParameterizedTest
  @CsvSource({"0, 0.5", "1, 0.875", "2, 1.25", "4, 2", "5, 2"})
  void warmUp(long step, double rate) {
    assertEquals(rate, Schedule.warmUp(0.25, 4).rate(2, step), 1e-12);
  }

  @Test
  void oneAfterTheOther() {
    Schedule schedule = Schedule.warmUp(0, 2).then(2, Schedule.steps(1, 0.5));
    double[] expected = {0, 0.5, 1, 0.5, 0.25};
    for (int step = 0; step < expected.length; step++) {
      assertEquals(expected[step], schedule.factor(step), 1e-12);
    }
  }

  @Test
  void productsOfSchedules() {
    Schedule schedule = Schedule.warmUp(0.5, 2).times(Schedule.steps(2, 0.1));
    double[] expected = {0.5, 0.75, 0.1, 0.1, 0.01};
    for (int step = 0; step < expected.length; step++) {
      assertEquals(expected[step], schedule.factor(step), 1e-12);
    }
    assertEquals(0.3, Schedule.constant().rate(0.3, 1000));
  }

  @Test
  void wrongSettingsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Schedule.steps(0, 0.1));
    assertThrows(IllegalArgumentException.class, () -> Schedule.steps(1, 0));
    assertThrows(IllegalArgumentException.class, () -> Schedule.cosine(0, 0));
    assertThrows(IllegalArgumentException.class, () -> Schedule.cosine(1, 1.5));
    assertThrows(IllegalArgumentException.class, () -> Schedule.warmUp(-0.1, 1));
    assertThrows(IllegalArgumentException.class, () -> Schedule.warmUp(Double.NaN, 1));
    assertThrows(IllegalArgumentException.class, () -> Schedule.constant().rate(1, -1));
    assertThrows(
        IllegalArgumentException.class, () -> Schedule.constant().then(0, Schedule.constant()));
  }
}
