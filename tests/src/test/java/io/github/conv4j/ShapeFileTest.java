package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.check.Conv2dCase;
import io.github.conv4j.check.ConvTranspose2dCase;
import io.github.conv4j.check.KernelCase;
import io.github.conv4j.check.MaxPool2dCase;
import io.github.conv4j.check.ShapeFile;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.ConvTranspose2dGeometry;
import io.github.conv4j.kernel.PaddingMode;
import io.github.conv4j.kernel.Pool2dGeometry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of geometries: those of this project, and broken ones. */
class ShapeFileTest {
  private static final String CONV2D = "name,n,ic,ih,iw,oc,kh,kw,sh,sw,pt,pl,pb,pr,dh,dw,g\n";
  private static final String TRANSPOSE =
      "name,n,ic,ih,iw,oc,kh,kw,sh,sw,pt,pl,pb,pr,oph,opw,dh,dw,g\n";
  private static final String POOL2D = "name,n,c,ih,iw,kh,kw,sh,sw,pt,pl,pb,pr,dh,dw\n";

  @TempDir Path folder;

  @Test
  void convolutionsInTheOrderOfTheFile() throws IOException {
    List<KernelCase> cases =
        read(
            "# shapes\n\n"
                + CONV2D
                + "a,2,6,7,8,10,3,2,4,5,1,2,0,3,2,1,2 # here\nb"
                + ",1".repeat(9)
                + ",0,0,0,0,1,1,1\n");
    assertEquals(2, cases.size());
    Conv2dGeometry geometry = new Conv2dGeometry(2, 6, 7, 8, 10, 3, 2, 4, 5, 1, 2, 0, 3, 2, 1, 2);
    assertEquals(new Conv2dCase("a", geometry), cases.get(0));
    assertEquals("b", cases.get(1).name());
    assertEquals(cases.get(0), ShapeFile.parse("a", cases.get(0).extents()));
  }

  @Test
  void poolingsWithAndWithoutCeil() throws IOException {
    Pool2dGeometry geometry = new Pool2dGeometry(2, 3, 7, 8, 3, 2, 4, 5, 1, 1, 0, 1, 2, 1, false);
    String row = "a,2,3,7,8,3,2,4,5,1,1,0,1,2,1";
    assertEquals(List.of(new MaxPool2dCase("a", geometry)), read(POOL2D + row));
    List<KernelCase> ceil = read(POOL2D.strip() + ",ceil\n" + row + ",1\n" + row + ",0");
    assertEquals(new MaxPool2dCase("a", geometry.withCeilMode(true)), ceil.get(0));
    assertEquals(new MaxPool2dCase("a", geometry), ceil.get(1));
    assertEquals(ceil.get(0), ShapeFile.parse("a", ceil.get(0).extents()));
    assertEquals(ceil.get(1), ShapeFile.parse("a", "2,3,7,8,3,2,4,5,1,1,0,1,2,1"));
  }

  @Test
  void convolutionsWithAPaddingMode() throws IOException {
    Conv2dGeometry geometry = Conv2dGeometry.of(1, 2, 7, 8, 3, 3, 2).withPadding(1, 2, 0, 3);
    String row = "a,1,2,7,8,3,3,2,1,1,1,2,0,3,1,1,1";
    List<KernelCase> cases =
        read(CONV2D.strip() + ",mode\n" + row + ",reflect\n" + row + ", zeros\n");
    assertEquals(new Conv2dCase("a", geometry, PaddingMode.REFLECT), cases.get(0));
    assertEquals(new Conv2dCase("a", geometry), cases.get(1));
    assertEquals(cases.get(0), ShapeFile.parse("a", cases.get(0).extents()));
    assertEquals(cases.get(1), ShapeFile.parse("a", cases.get(1).extents()));
    refuse(
        ":2: padding mode is mirror; it must be zeros,",
        CONV2D.strip() + ",mode\n" + row + ",mirror");
    refuse(
        ":2: pl is 8; reflect padding must be at most 7 where iw is 8",
        CONV2D.strip() + ",mode\n" + row.replace("1,2,0,3", "1,8,0,3") + ",reflect");
  }

  @Test
  void transposedConvolutions() throws IOException {
    ConvTranspose2dGeometry geometry =
        new ConvTranspose2dGeometry(2, 6, 7, 8, 10, 3, 2, 4, 5, 1, 2, 0, 3, 3, 4, 2, 1, 2);
    String row = "a,2,6,7,8,10,3,2,4,5,1,2,0,3,3,4,2,1,2";
    assertEquals(List.of(new ConvTranspose2dCase("a", geometry)), read(TRANSPOSE + row));
    assertEquals(new ConvTranspose2dCase("a", geometry), ShapeFile.parse("a", row.substring(2)));
    refuse(":2: oph is 4; it must be", TRANSPOSE + row.replace("3,3,4,2", "3,4,4,2"));
  }

  @Test
  void everyErrorNamesItsLine() {
    String good = "a,1,1,3,3,1,2,2,1,1,0,0,0,0,1,1,1\n";
    refuse(":1: the header is name,n; it must be name,n,ic", "name,n\n");
    refuse(":2: 3 columns; the header has 17", CONV2D + "a,1,2\n");
    refuse(":3: ih is 'x'; it must be a whole number", CONV2D + good + good.replace("3,3", "x,3"));
    refuse(":4: kernel height 4", CONV2D + "\n#\n" + good.replace("2,2", "4,2"));
    refuse(":2: the name is empty", CONV2D + good.substring(1));
    refuse(
        ":2: ceil is 2; it must be 0 or 1",
        POOL2D.strip() + ",ceil\na,1,1,3,3,2,2,1,1,0,0,0,0,1,1,2\n");
    refuse(":2: pt is 2; it must be at most 1", POOL2D + "a,1,1,3,3,2,2,1,1,2,0,0,0,1,1\n");
    refuse(" has no geometry", CONV2D);
    refuse(" has no geometry", "");
    assertThrows(NoSuchFileException.class, () -> ShapeFile.read(folder.resolve("none.csv")));
    assertThrows(IllegalArgumentException.class, () -> ShapeFile.parse("a", "1,2,3"));
  }

  @Test
  void theFilesOfThisProject() throws IOException {
    assertEquals(16, shapes("vgg19.csv").size());
    assertEquals(23, shapes("resnet50.csv").size());
    assertEquals(19, shapes("mobilenet.csv").size());
    assertEquals(6, shapes("lenet.csv").size());
    for (KernelCase shape : shapes("filters.csv")) {
      assertEquals(1, ((Conv2dCase) shape).geometry().ic(), shape.name());
    }
    assertTrue(shapes("heldout.csv").size() >= 50);
    assertTrue(shapes("edge.csv").size() >= 300);
    assertTrue(shapes("pool_edge.csv").size() >= 150);
    assertTrue(shapes("padding_edge.csv").size() >= 40);
    assertTrue(shapes("transpose_edge.csv").size() >= 40);
    assertTrue(shapes("pool.csv").size() >= 20);
    // Known totals: 19.5 billion multiply-adds; each distinct depthwise layer once.
    assertEquals(19_508_428_800.0, multiplyAdds("vgg19.csv"));
    for (KernelCase shape : shapes("mobilenet.csv")) {
      Conv2dGeometry geometry = ((Conv2dCase) shape).geometry();
      assertEquals(shape.name().contains("depthwise") ? geometry.ic() : 1, geometry.g());
    }
  }

  private static List<KernelCase> shapes(String name) throws IOException {
    Path here = Path.of("shapes", name);
    List<KernelCase> cases =
        ShapeFile.read(Files.exists(here) ? here : Path.of("tests/shapes", name));
    Set<String> names = new HashSet<>();
    Set<String> extents = new HashSet<>();
    for (KernelCase shape : cases) {
      assertTrue(names.add(shape.name()), shape.name() + " is there twice");
      boolean repeats = name.startsWith("vgg19") || name.equals("pool.csv");
      assertTrue(extents.add(shape.extents()) || repeats, shape + " is there twice");
    }
    return cases;
  }

  private static double multiplyAdds(String name) throws IOException {
    return shapes(name).stream()
        .mapToDouble(shape -> ((Conv2dCase) shape).geometry().multiplyAdds())
        .sum();
  }

  private List<KernelCase> read(String content) throws IOException {
    Path file = folder.resolve("shapes.csv");
    Files.writeString(file, content);
    return ShapeFile.read(file);
  }

  private void refuse(String message, String content) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> read(content));
    assertTrue(e.getMessage().startsWith(folder.resolve("shapes.csv") + message), e.getMessage());
  }
}
